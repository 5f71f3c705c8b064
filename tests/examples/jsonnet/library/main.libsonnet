local k = import 'github.com/grafana/jsonnet-libs/ksonnet-util/kausal.libsonnet';
local container = k.core.v1.container;
{
  grafana: {
    deployment: k.apps.v1.deployment.new(
      name='grafana',
      replicas=1,
      containers=[
        container.new('grafana', 'grafana/grafana:10.0.0')
        + container.withPorts([k.core.v1.containerPort.new('ui', 3000)]),
        k.core.v1.container.new($._config.name, $._images.other),
      ],
    ),
  },
  script: |||
    echo "don't take image: 'busybox:1'"
  |||,
  local helperImage = 'busybox:1.36',
}
