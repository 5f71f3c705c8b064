param images array

resource group 'Microsoft.ContainerInstance/containerGroups@2023-05-01' = {
  name: 'group'
  properties: {
    containers: [
      {
        name: 'hello'
        properties: {
          image: 'mcr.microsoft.com/azuredocs/aci-helloworld'
          ports: [
            { port: 80, protocol: 'TCP' }
          ]
        }
      }
    ]
  }
}

resource many 'Microsoft.ContainerInstance/containerGroups@2023-05-01' = {
  name: 'many'
  properties: {
    containers: [for image in images: {
      name: 'x'
      properties: {
        image: image
      }
    }]
  }
}

resource short 'Microsoft.ContainerInstance/containerGroups@2023-05-01' = {
  name: 'short'
  properties: { containers: [ { name: 'a', properties: { image: 'nginx:1.27', ports: [] } } ] }
}
