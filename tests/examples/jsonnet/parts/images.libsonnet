{
  /* image: 'commented:1' */
  image+: { repository: 'quay.io/acme/app', tag: '1.2' },
  thanosImage:: 'quay.io/thanos/thanos:v0.34.1',
  jobImage: 'quay.io/acme/job:' + $.version,
  icon_image: 'logo.png',
  imagePullPolicy: 'Always',
  version: '1.0',
}
