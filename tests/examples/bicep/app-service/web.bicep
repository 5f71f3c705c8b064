param image string = 'acme/web:1'

resource web 'Microsoft.Web/sites@2022-09-01' = {
  name: 'web'
  properties: {
    siteConfig: {
      linuxFxVersion: 'DOCKER|mcr.microsoft.com/azure-app-service/static:latest'
    }
  }
}

resource node 'Microsoft.Web/sites@2022-09-01' = {
  properties: { siteConfig: { linuxFxVersion: 'NODE|20-lts' } }
}

resource own 'Microsoft.Web/sites@2022-09-01' = {
  properties: { siteConfig: { linuxFxVersion: 'DOCKER|${image}' } }
}
