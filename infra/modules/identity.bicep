// The one identity of the app: it opens the storage, reads secrets, sends telemetry, and signs in to Microsoft Graph.
// It is made apart from the app, so that it and its grants stay when the app is made anew.

@description('The region.')
param location string

@description('The name of the identity.')
@minLength(3)
@maxLength(128)
param name string

@description('Tags of the resource.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: name
  location: location
  tags: tags
}

@description('The resource id of the identity.')
output id string = identity.id

@description('The client id of the identity: what a definition names as `managedIdentity`.')
output clientId string = identity.properties.clientId

@description('The object id of the identity: what permissions are granted to.')
output principalId string = identity.properties.principalId
