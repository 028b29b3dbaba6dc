// rollcall in one resource group. docs/deploy.md tells how to use it, and what each parameter is for.

import { vaultSetting } from 'modules/app.bicep'
import { alertLimits as alertLimitsType } from 'monitoring/main.bicep'

@description('What names begin with: lower-case letters and digits.')
@minLength(2)
@maxLength(10)
param prefix string = 'rollcall'

@description('The region.')
@minLength(3)
param location string = resourceGroup().location

@description('Tags of every resource.')
param tags object = {}

@description('The plan: Flex Consumption, or Premium (EP1) where a region or a cloud has no Flex Consumption.')
@allowed(['flex', 'premium'])
param plan string = 'flex'

@description('The memory of an instance in megabytes; Flex Consumption alone.')
@allowed([512, 2048, 4096])
param instanceMemory int = 512

@description('The most instances at a time; Premium takes 20 at most.')
@minValue(1)
@maxValue(1000)
param mostInstances int = 40

@description('What the app may do with Microsoft Graph. `none`: it is granted later, by grant.sh or grant.ps1. The others take a deployer who may consent to application permissions.')
@allowed(['none', 'read', 'members', 'everything'])
param graphAccess string = 'none'

@description('Single permissions of Microsoft Graph beside the level, such as User.Invite.All; of those that graph-permissions.json has an id for.')
@maxLength(7)
param graphAlso string[] = []

@description('The platforms whose secrets the app reads from the vault, and the client secret of an application in Entra ID where the identity is not to be used.')
@allowed(['politemail', 'mailroute', 'messagemedia', 'entra-secret'])
param platforms array = []

@description('More app settings that lie in the vault, such as secrets of HR systems: setting, and name of the secret.')
@maxLength(50)
param moreSecrets vaultSetting[] = []

@description('The tenant of Entra ID connections that name none.')
@minLength(36)
@maxLength(36)
param entraTenantId string = tenant().tenantId

@description('The application of Entra ID connections that name none; for the platform `entra-secret`.')
@maxLength(36)
param entraClientId string = ''

@description('The login of MailRoute connections that name none.')
@maxLength(254)
param mailrouteLogin string = ''

@description('Where the API of MailRoute is, when it is not the usual place.')
@maxLength(2048)
param mailrouteUrl string = ''

@description('Where MessageMedia connections go that say nothing of it.')
@maxLength(2048)
param messagemediaUrl string = ''

@description('The server of PoliteMail connections that name none.')
@maxLength(2048)
param politemailUrl string = ''

@description('When the scheduler looks for lists that are due: six fields, seconds first, in UTC.')
@minLength(11)
@maxLength(100)
param schedule string = '0 * * * * *'

@description('How many seconds a hold on a list lasts without a heartbeat.')
@minValue(2)
@maxValue(600)
param leaseSeconds int = 60

@description('How many days plans, snapshots and packages of runs are kept.')
@minValue(1)
@maxValue(3650)
param keepDays int = 90

@description('What to log, as `tracing` filters say it.')
@minLength(1)
@maxLength(500)
param log string = 'warn,rollcall=info'

@description('The share of traces that are sent, from 0 to 1. It leaves out no errors and no runs.')
@minLength(1)
@maxLength(6)
param traceShare string = '1'

@description('How often and where the storage account copies data.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS', 'Standard_RAGRS', 'Standard_RAGZRS'])
param storageSku string = 'Standard_LRS'

@description('How many days deleted blobs and earlier versions of blobs can be brought back.')
@minValue(7)
@maxValue(365)
param softDeleteDays int = 30

@description('How many days logs are kept.')
@minValue(30)
@maxValue(730)
param logDays int = 90

@description('How many gigabytes of logs are taken in a day; -1 for no limit. After the limit alerts see nothing until the next day.')
@minValue(-1)
@maxValue(1000)
param logCapGigabytes int = -1

@description('Whether the app reaches storage and vault through a network of its own, and nothing else reaches them.')
param privateNetwork bool = false

@description('Whether the app is reached through that network alone; for `privateNetwork`.')
param privateInbound bool = false

@description('Public IPv4 addresses or ranges that reach storage and vault although they are private, such as the desk that deploys.')
@maxLength(200)
param allowedAddresses string[] = []

@description('The addresses of the network, a /24 or larger.')
@minLength(9)
@maxLength(18)
param networkAddresses string = '10.77.0.0/24'

@description('Whether what the app sends to the internet comes from one address of its own; for `privateNetwork`.')
param fixedAddress bool = false

@description('The object id of whoever publishes packages and puts secrets into the vault; empty for nobody.')
@maxLength(36)
param publisherId string = deployer().objectId

@description('Whether storage account and vault cannot be deleted before a lock is taken away.')
param lock bool = false

@description('How much a month may cost before people are told, in the currency of the subscription; 0 for no budget.')
@minValue(0)
@maxValue(1000000)
param budgetAmount int = 0

@description('Who is told of the budget.')
@maxLength(50)
param budgetEmails string[] = []

@description('The first day of the month that the budget begins with, such as 2026-11-01; without it there is no budget. It stays as it is: the beginning of a budget that exists cannot be changed.')
@maxLength(10)
param budgetStart string = ''

@description('Whether there are a workbook and alerts.')
param monitoring bool = true

@description('Who is told of alerts.')
@maxLength(50)
param alertEmails string[] = []

@description('When alerts fire, where it is not the usual.')
param alertLimits alertLimitsType = {}

@description('Whether secrets of the vault that are about to expire raise an alert. Needs Azure Monitor alerts as a destination of Event Grid, which not every cloud has.')
param secretEvents bool = true

// The same group and the same prefix give the same names.
var suffix = uniqueString(resourceGroup().id, prefix)
var marked = union(tags, { app: 'rollcall' })

var platformSecrets = {
  politemail: [
    { setting: 'ROLLCALL_POLITEMAIL_TOKEN', secret: 'politemail-token' }
  ]
  mailroute: [
    { setting: 'ROLLCALL_MAILROUTE_API_KEY', secret: 'mailroute-api-key' }
  ]
  messagemedia: [
    { setting: 'ROLLCALL_MESSAGEMEDIA_API_KEY', secret: 'messagemedia-api-key' }
    { setting: 'ROLLCALL_MESSAGEMEDIA_API_SECRET', secret: 'messagemedia-api-secret' }
  ]
  'entra-secret': [
    { setting: 'ROLLCALL_ENTRA_CLIENT_SECRET', secret: 'entra-client-secret' }
  ]
}
var vaultSettings = concat(flatten(map(platforms, platform => platformSecrets[platform])), moreSecrets)

// An empty value counts as absent.
var ownSettings = {
  ROLLCALL_SCHEDULE: schedule
  ROLLCALL_LEASE_SECONDS: string(leaseSeconds)
  ROLLCALL_KEEP_DAYS: string(keepDays)
  ROLLCALL_LOG: log
  ROLLCALL_TRACE_SHARE: traceShare
  ROLLCALL_ENTRA_TENANT_ID: entraTenantId
  ROLLCALL_ENTRA_CLIENT_ID: entraClientId
  ROLLCALL_MAILROUTE_LOGIN: mailrouteLogin
  ROLLCALL_MAILROUTE_URL: mailrouteUrl
  ROLLCALL_MESSAGEMEDIA_URL: messagemediaUrl
  ROLLCALL_POLITEMAIL_URL: politemailUrl
}

module identity 'modules/identity.bicep' = {
  params: {
    location: location
    name: '${prefix}-id-${suffix}'
    tags: marked
  }
}

module logs 'modules/logs.bicep' = {
  params: {
    location: location
    workspaceName: '${prefix}-logs-${suffix}'
    insightsName: '${prefix}-insights-${suffix}'
    tags: marked
    retentionDays: logDays
    capGigabytes: logCapGigabytes
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    location: location
    name: '${prefix}${suffix}'
    tags: marked
    sku: storageSku
    keepDays: keepDays
    softDeleteDays: softDeleteDays
    isPrivate: privateNetwork
    allowedAddresses: allowedAddresses
    workspaceId: logs.outputs.workspaceId
    locked: lock
  }
}

module vault 'modules/vault.bicep' = {
  params: {
    location: location
    name: '${prefix}-${suffix}'
    tags: marked
    isPrivate: privateNetwork
    allowedAddresses: allowedAddresses
    workspaceId: logs.outputs.workspaceId
    locked: lock
  }
}

module roles 'modules/roles.bicep' = {
  params: {
    principalId: identity.outputs.principalId
    publisherId: publisherId
    storageName: storage.outputs.name
    insightsName: logs.outputs.insightsName
    vaultName: vault.outputs.name
    readsVault: !empty(vaultSettings)
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  params: {
    location: location
    name: '${prefix}-network-${suffix}'
    tags: marked
    addresses: networkAddresses
    plan: plan
    hasFixedAddress: fixedAddress
  }
}

var storageParts = ['blob', 'queue', 'table']

module storageEndpoints 'modules/endpoint.bicep' = [
  for part in storageParts: if (privateNetwork) {
    params: {
      location: location
      name: '${prefix}-${part}-${suffix}'
      tags: marked
      networkId: network!.outputs.id
      subnetId: network!.outputs.endpointSubnetId
      targetId: storage.outputs.id
      part: part
      zone: 'privatelink.${part}.${environment().suffixes.storage}'
    }
  }
]

module vaultEndpoint 'modules/endpoint.bicep' = if (privateNetwork) {
  params: {
    location: location
    name: '${prefix}-vault-${suffix}'
    tags: marked
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointSubnetId
    targetId: vault.outputs.id
    part: 'vault'
    // The zone of vaults is called after the service, not after the addresses: vaultcore in place of vault.
    zone: 'privatelink${replace(environment().suffixes.keyvaultDns, '.vault.', '.vaultcore.')}'
  }
}

module app 'modules/app.bicep' = {
  params: {
    location: location
    planName: '${prefix}-plan-${suffix}'
    name: '${prefix}-${suffix}'
    tags: marked
    plan: plan
    instanceMemory: instanceMemory
    mostInstances: mostInstances
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    blobEndpoint: storage.outputs.blobEndpoint
    queueEndpoint: storage.outputs.queueEndpoint
    tableEndpoint: storage.outputs.tableEndpoint
    insightsName: logs.outputs.insightsName
    workspaceId: logs.outputs.workspaceId
    vaultUri: vault.outputs.uri
    vaultSettings: vaultSettings
    ownSettings: ownSettings
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    isPrivate: privateNetwork && privateInbound
  }
  // It looks at storage and vault when it starts, and has to be let in by then.
  dependsOn: [
    roles
    storageEndpoints
    vaultEndpoint
  ]
}

module appEndpoint 'modules/endpoint.bicep' = if (privateNetwork && privateInbound) {
  params: {
    location: location
    name: '${prefix}-app-${suffix}'
    tags: marked
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointSubnetId
    targetId: app.outputs.id
    part: 'sites'
    // The cloud's domain of apps is the end of the app's own name.
    zone: 'privatelink.${join(skip(split(app.outputs.hostName, '.'), length(split(app.outputs.hostName, '.')) - 2), '.')}'
  }
}

module graph 'graph.bicep' = if (graphAccess != 'none') {
  params: {
    principalId: identity.outputs.principalId
    level: graphAccess
    also: graphAlso
  }
}

module budget 'modules/budget.bicep' = if (budgetAmount > 0 && !empty(budgetStart)) {
  params: {
    name: '${prefix}-budget'
    amount: max(budgetAmount, 1)
    contacts: budgetEmails
    start: budgetStart
  }
}

module monitor 'monitoring/main.bicep' = if (monitoring) {
  params: {
    location: location
    prefix: prefix
    tags: marked
    workspaceId: logs.outputs.workspaceId
    appInsightsId: logs.outputs.insightsId
    vaultId: vault.outputs.id
    storageId: storage.outputs.id
    appId: app.outputs.id
    alertEmails: alertEmails
    limits: alertLimits
    secretEvents: secretEvents
  }
}

@description('The name of the app.')
output appName string = app.outputs.name

@description('Where the app is.')
output appUrl string = 'https://${app.outputs.hostName}'

@description('The plan of the app: flex or premium.')
output appPlan string = plan

@description('The object id of the identity: what permissions are granted to.')
output identityPrincipalId string = identity.outputs.principalId

@description('The client id of the identity: `managedIdentity` in a definition.')
output identityClientId string = identity.outputs.clientId

@description('The name of the storage account.')
output storageName string = storage.outputs.name

@description('The name of the vault.')
output vaultName string = vault.outputs.name

@description('The names of the secrets that settings of the app refer to.')
output secretNames array = map(vaultSettings, one => one.secret)

@description('The resource id of the Log Analytics workspace.')
output workspaceId string = logs.outputs.workspaceId

@description('The address that what the app sends comes from; empty when it has none of its own.')
output fixedAddress string = privateNetwork ? network!.outputs.fixedAddress : ''
