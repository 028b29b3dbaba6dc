// The plan and the functions app with its settings.

import { diagnostics } from 'diagnostics.bicep'

@export()
@description('An app setting whose value lies in the vault.')
type vaultSetting = {
  @description('The app setting; it begins with ROLLCALL_.')
  @minLength(10)
  @maxLength(127)
  setting: string

  @description('The secret: letters, digits and hyphens.')
  @minLength(1)
  @maxLength(127)
  secret: string
}

@description('The region.')
param location string

@description('The name of the plan.')
@minLength(1)
@maxLength(60)
param planName string

@description('The name of the app.')
@minLength(2)
@maxLength(60)
param name string

@description('Tags of the app.')
param tags object

@description('The plan.')
@allowed(['flex', 'premium'])
param plan string

@description('The memory of an instance, in megabytes (flex alone).')
@allowed([512, 2048, 4096])
param instanceMemory int

@description('The most instances at a time.')
@minValue(1)
@maxValue(1000)
param mostInstances int

@description('The resource id of the identity.')
param identityId string

@description('The client id of the identity.')
param identityClientId string

@description('Where the blobs of the storage account are.')
param blobEndpoint string

@description('Where its queues are.')
param queueEndpoint string

@description('Where its tables are.')
param tableEndpoint string

@description('The name of the Application Insights component.')
param insightsName string

@description('The Log Analytics workspace.')
param workspaceId string

@description('Where the vault is, with a slash at its end.')
param vaultUri string

@description('The settings that lie in the vault.')
param vaultSettings vaultSetting[]

@description('The settings of rollcall that are no secrets.')
param ownSettings object

@description('The subnet that the app sends from; empty for none.')
param subnetId string

@description('Whether only a private endpoint reaches the app.')
param isPrivate bool

var isFlex = plan == 'flex'

// The host and rollcall both read these. Addresses, not the name of the account: a name alone means the public cloud.
var storageSettings = {
  AzureWebJobsStorage__blobServiceUri: blobEndpoint
  AzureWebJobsStorage__queueServiceUri: queueEndpoint
  AzureWebJobsStorage__tableServiceUri: tableEndpoint
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
}

var telemetrySettings = {
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
}

// Without a version: a new one is taken within a day.
var secretSettings = toObject(
  vaultSettings,
  one => one.setting,
  one => '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${one.secret}/)'
)

// Flex Consumption knows these by itself, and refuses them.
var premiumSettings = {
  FUNCTIONS_EXTENSION_VERSION: '~4'
  FUNCTIONS_WORKER_RUNTIME: 'custom'
  WEBSITE_RUN_FROM_PACKAGE: '${blobEndpoint}deployments/rollcall.zip'
  WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: identityId
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource serverFarm 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: planName
  location: location
  tags: tags
  kind: isFlex ? 'functionapp' : 'elastic'
  sku: {
    name: isFlex ? 'FC1' : 'EP1'
    tier: isFlex ? 'FlexConsumption' : 'ElasticPremium'
  }
  properties: {
    reserved: true
    maximumElasticWorkerCount: isFlex ? null : min(mostInstances, 20)
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  // The scripts that publish look here.
  tags: union(tags, { plan: plan })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: serverFarm.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identityId
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: isFlex
      ? {
          deployment: {
            storage: {
              type: 'blobContainer'
              value: '${blobEndpoint}deployments'
              authentication: {
                type: 'UserAssignedIdentity'
                userAssignedIdentityResourceId: identityId
              }
            }
          }
          scaleAndConcurrency: {
            maximumInstanceCount: mostInstances
            instanceMemoryMB: instanceMemory
          }
          runtime: {
            name: 'custom'
            version: '1.0'
          }
        }
      : null
    siteConfig: isFlex
      ? {
          minTlsVersion: '1.2'
          scmMinTlsVersion: '1.2'
        }
      : {
          minTlsVersion: '1.2'
          scmMinTlsVersion: '1.2'
          ftpsState: 'Disabled'
          vnetRouteAllEnabled: !empty(subnetId)
          // Without it the platform, which is outside the network, would have to look at the queue to start more instances.
          functionsRuntimeScaleMonitoringEnabled: !empty(subnetId)
          minimumElasticInstanceCount: 1
        }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(
      storageSettings,
      telemetrySettings,
      ownSettings,
      secretSettings,
      isFlex ? {} : premiumSettings
    )
  }

  // Publishing asks for a token; there are no passwords.
  resource noPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }

  resource noFtp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: {
      allow: false
    }
  }
}

resource appDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: app
  properties: diagnostics(workspaceId, ['FunctionAppLogs'])
}

@description('The resource id of the app.')
output id string = app.id

@description('The name of the app.')
output name string = app.name

@description('The host name of the app.')
output hostName string = app.properties.defaultHostName
