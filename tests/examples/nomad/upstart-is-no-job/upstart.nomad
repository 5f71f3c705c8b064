description "Nomad by HashiCorp"

start on runlevel [2345]
stop on runlevel [!2345]

script
  exec /usr/local/bin/nomad agent -config=/etc/nomad.d >> /var/log/nomad.log 2>&1
end script
