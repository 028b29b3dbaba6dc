// One private endpoint, and the DNS zone that leads to it inside the network.

@description('The region.')
param location string

@description('The name of the endpoint.')
@minLength(2)
@maxLength(64)
param name string

@description('Tags of the resources.')
param tags object

@description('The network that the zone is for.')
param networkId string

@description('The subnet of the endpoint.')
param subnetId string

@description('The resource behind the endpoint.')
param targetId string

@description('Which part of the resource.')
@allowed(['blob', 'queue', 'table', 'vault', 'sites'])
param part string

@description('The DNS zone that names of this part are looked up in.')
param zone string

resource dns 'Microsoft.Network/privateDnsZones@2020-06-01' = {
  name: zone
  // Zones have no region.
  #disable-next-line no-hardcoded-location
  location: 'global'
  tags: tags

  resource link 'virtualNetworkLinks' = {
    name: 'network'
    #disable-next-line no-hardcoded-location
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: {
        id: networkId
      }
    }
  }
}

resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: part
        properties: {
          privateLinkServiceId: targetId
          groupIds: [part]
        }
      }
    ]
  }

  resource names 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: part
          properties: {
            privateDnsZoneId: dns.id
          }
        }
      ]
    }
  }
}
