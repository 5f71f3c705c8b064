// The tutorial of Tanka.
local name = 'grafana';
{
  _config:: { port: 3000, image: $._images.grafana },
  _images+:: {
    grafana: 'grafana/grafana:10.4.1',  // image: 'old/grafana:1'
    'prom': "prom/prometheus:v2.51.0",
  },
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  spec: {
    template: {
      spec: {
        containers: [
          { name: name, image: 'docker.io/grafana/agent:v0.40.3' },
          { name: 'side', image: 'acme/side:%s' % '1.0' },
          { name: 'own', image: $._images.prom },
        ],
      },
    },
  },
}
