@description('The image of the app')
param containerImage string = 'mcr.microsoft.com/azuredocs/containerapps-helloworld:latest'
param tag string
var redis = 'redis:7'
param version string = '1.27'

resource app 'Microsoft.App/containerApps@2024-03-01' = {
  name: 'app'
  location: resourceGroup().location
  properties: {
    template: {
      containers: [
        // { image: 'busybox' }
        { name: 'app', image: containerImage }
        {
          name: 'cache'
          image: redis
          resources: { cpu: json('0.5'), memory: '1Gi' }
        }
        {
          name: 'web'
          image: 'nginx:${version}-alpine'
        }
        {
          name: 'own'
          image: '${registry.properties.loginServer}/own:${tag}'
        }
      ]
      initContainers: [ { name: 'init', image: 'busybox:1.36' } ]
      volumes: [ { name: 'image', image: 'not-a-container' } ]
    }
  }
}
