// The key vault: what platforms and HR systems gave rollcall to sign in with.

import { diagnostics } from 'diagnostics.bicep'

@description('The region.')
param location string

@description('The name of the vault.')
@minLength(3)
@maxLength(24)
param name string

@description('Tags of the resource.')
param tags object

@description('Whether only private endpoints and `allowedAddresses` reach the vault.')
param isPrivate bool

@description('Public IPv4 addresses or ranges that reach the vault although it is private.')
param allowedAddresses array

@description('The Log Analytics workspace that takes in who read which secret.')
param workspaceId string

@description('Whether nobody can delete the vault before they take a lock away.')
param locked bool

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    // It cannot be taken back: what was deleted stays for 90 days, whoever deletes it.
    enablePurgeProtection: true
    publicNetworkAccess: isPrivate && empty(allowedAddresses) ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      ipRules: [
        for address in allowedAddresses: {
          value: address
        }
      ]
    }
  }
}

resource vaultDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: vault
  properties: diagnostics(workspaceId, ['AuditEvent'])
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (locked) {
  name: 'keep'
  scope: vault
  properties: {
    level: 'CanNotDelete'
    notes: 'Without its secrets no platform can be reached.'
  }
}

@description('The resource id of the vault.')
output id string = vault.id

@description('The name of the vault.')
output name string = vault.name

@description('Where the vault is, with a slash at its end.')
output uri string = vault.properties.vaultUri
