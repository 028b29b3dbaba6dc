// The virtual network of the private variant: one subnet that the app sends from, one for private endpoints.

@description('The region.')
param location string

@description('The name of the network.')
@minLength(2)
@maxLength(64)
param name string

@description('Tags of the resources.')
param tags object

@description('The addresses of the network, a /24 or larger.')
param addresses string

@description('The plan of the app, which its subnet is handed to.')
@allowed(['flex', 'premium'])
param plan string

@description('Whether what the app sends to the internet comes from one address of its own.')
param hasFixedAddress bool

resource address 'Microsoft.Network/publicIPAddresses@2024-05-01' = if (hasFixedAddress) {
  name: '${name}-out'
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    publicIPAllocationMethod: 'Static'
  }
}

resource gateway 'Microsoft.Network/natGateways@2024-05-01' = if (hasFixedAddress) {
  name: '${name}-out'
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    publicIpAddresses: [
      {
        id: address.id
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [addresses]
    }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addresses, 26, 0)
          natGateway: hasFixedAddress
            ? {
                id: gateway.id
              }
            : null
          delegations: [
            {
              name: 'functions'
              properties: {
                serviceName: plan == 'flex' ? 'Microsoft.App/environments' : 'Microsoft.Web/serverFarms'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addresses, 27, 2)
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }

  resource app 'subnets' existing = {
    name: 'app'
  }

  resource endpoints 'subnets' existing = {
    name: 'endpoints'
  }
}

@description('The resource id of the network.')
output id string = network.id

@description('The subnet that the app sends from.')
output appSubnetId string = network::app.id

@description('The subnet of private endpoints.')
output endpointSubnetId string = network::endpoints.id

@description('The address that what the app sends comes from; empty when it has none of its own.')
output fixedAddress string = hasFixedAddress ? address!.properties.ipAddress : ''
