// The storage account: state of the Functions host, tables, queues and blobs of rollcall, and packages that were deployed.

import { diagnostics } from 'diagnostics.bicep'

@description('The region.')
param location string

@description('The name of the account: lower-case letters and digits.')
@minLength(3)
@maxLength(24)
param name string

@description('Tags of the resource.')
param tags object

@description('How often and where data is copied.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS', 'Standard_RAGRS', 'Standard_RAGZRS'])
param sku string

@description('After how many days rollcall deletes plans, snapshots and packages by itself.')
@minValue(1)
@maxValue(3650)
param keepDays int

@description('How many days deleted blobs and containers, and earlier versions of blobs, can be brought back.')
@minValue(7)
@maxValue(365)
param softDeleteDays int

@description('Whether only private endpoints and `allowedAddresses` reach the account.')
param isPrivate bool

@description('Public IPv4 addresses or ranges that reach the account although it is private.')
param allowedAddresses array

@description('The Log Analytics workspace that takes in what is done with the data.')
param workspaceId string

@description('Whether nobody can delete the account before they take a lock away.')
param locked bool

// What rollcall deletes by itself goes a year later at the latest, should it ever stop to. A year, because it keeps some
// longer on purpose: what somebody may still have to decide about, and packages that nobody has applied yet. Baselines,
// scopes and feeds are needed however old they get, and are in no rule.
var safetyNetDays = keepDays + 365

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    accessTier: 'Hot'
    // Keys cannot be taken back one by one, and say of nobody who used them.
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    supportsHttpsTrafficOnly: true
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: isPrivate && empty(allowedAddresses) ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      ipRules: [
        for address in allowedAddresses: {
          value: address
          action: 'Allow'
        }
      ]
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // A blob that was overwritten or deleted by mistake can be brought back.
      isVersioningEnabled: true
      deleteRetentionPolicy: {
        enabled: true
        days: softDeleteDays
      }
      containerDeleteRetentionPolicy: {
        enabled: true
        days: softDeleteDays
      }
    }

    resource deployments 'containers' = {
      name: 'deployments'
      properties: {
        publicAccess: 'None'
      }
    }

    resource packages 'containers' = {
      name: 'packages'
      properties: {
        publicAccess: 'None'
      }
    }

    // rollcall makes it when it is not there; here it comes into being with the lifecycle rules that name it.
    resource data 'containers' = {
      name: 'rollcall'
      properties: {
        publicAccess: 'None'
      }
    }
  }

  resource queues 'queueServices' = {
    name: 'default'
  }

  resource tables 'tableServices' = {
    name: 'default'
  }

  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'old-runs'
            enabled: true
            type: 'Lifecycle'
            definition: {
              filters: {
                blobTypes: ['blockBlob']
                prefixMatch: ['rollcall/runs/', 'rollcall/snapshots/', 'rollcall/packages/']
              }
              actions: {
                baseBlob: {
                  delete: {
                    daysAfterModificationGreaterThan: safetyNetDays
                  }
                }
              }
            }
          }
          {
            // Bodies of deliveries, and messages that were no jobs: kept for looking at, read by nothing.
            name: 'old-deliveries'
            enabled: true
            type: 'Lifecycle'
            definition: {
              filters: {
                blobTypes: ['blockBlob']
                prefixMatch: ['rollcall/deliveries/', 'rollcall/garbage/']
              }
              actions: {
                baseBlob: {
                  delete: {
                    daysAfterModificationGreaterThan: keepDays
                  }
                }
              }
            }
          }
          {
            // Versions come with every write; without an end what was deleted for good would stay in them.
            name: 'old-versions'
            enabled: true
            type: 'Lifecycle'
            definition: {
              filters: {
                blobTypes: ['blockBlob']
              }
              actions: {
                version: {
                  delete: {
                    daysAfterCreationGreaterThan: softDeleteDays
                  }
                }
              }
            }
          }
        ]
      }
    }
    dependsOn: [blobs]
  }
}

// Reading is left out for queues and tables: the host looks for messages all day long.
resource blobDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: account::blobs
  properties: diagnostics(workspaceId, ['StorageRead', 'StorageWrite', 'StorageDelete'])
}

resource queueDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: account::queues
  properties: diagnostics(workspaceId, ['StorageWrite', 'StorageDelete'])
}

resource tableDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: account::tables
  properties: diagnostics(workspaceId, ['StorageWrite', 'StorageDelete'])
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (locked) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'It holds what both sides of every list agreed on.'
  }
}

@description('The resource id of the account.')
output id string = account.id

@description('The name of the account.')
output name string = account.name

@description('Where its blobs are.')
output blobEndpoint string = account.properties.primaryEndpoints.blob

@description('Where its queues are.')
output queueEndpoint string = account.properties.primaryEndpoints.queue

@description('Where its tables are.')
output tableEndpoint string = account.properties.primaryEndpoints.table
