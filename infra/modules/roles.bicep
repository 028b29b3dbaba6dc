// Who may do what with the data. Each role is for one resource, none for the whole group.

@description('The object id of the identity of the app.')
@minLength(36)
@maxLength(36)
param principalId string

@description('The object id of whoever publishes and puts secrets into the vault; empty for nobody.')
@maxLength(36)
param publisherId string

@description('The name of the storage account.')
param storageName string

@description('The name of the Application Insights component.')
param insightsName string

@description('The name of the vault.')
param vaultName string

@description('Whether the app has settings that are references to the vault.')
param readsVault bool

var role = {
  // The host keeps its leases, keys and the times of timers in blobs, gets the package from one, and asks for this role;
  // rollcall keeps plans, snapshots and baselines there.
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  // The trigger takes messages, and makes the poison queue when it first needs one; rollcall makes queues and sends jobs.
  storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  // rollcall makes its tables and keeps its records there; the host writes its diagnostic events.
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  // Application Insights takes telemetry in from this identity alone.
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  // The platform reads the secrets that app settings refer to; it can neither list nor change them.
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
  // Whoever publishes keeps each package, to be able to go back to it; on containers of packages alone, never on data.
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  // Whoever publishes puts the secrets of platforms into the vault.
  keyVaultSecretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
}

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource deployments 'containers' existing = {
      name: 'deployments'
    }

    resource packages 'containers' existing = {
      name: 'packages'
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

// Blobs: leases, keys and timers of the host; plans, snapshots and baselines of rollcall; the package that runs.
resource blobOwner 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, principalId, role.storageBlobDataOwner)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.storageBlobDataOwner)
  }
}

// Queues: jobs, and the poison queue.
resource queueContributor 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, principalId, role.storageQueueDataContributor)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.storageQueueDataContributor)
  }
}

// Tables: records of rollcall, diagnostic events of the host.
resource tableContributor 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, principalId, role.storageTableDataContributor)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.storageTableDataContributor)
  }
}

// Telemetry: without it Application Insights refuses what the app sends.
resource metricsPublisher 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, principalId, role.monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.monitoringMetricsPublisher)
  }
}

// Secrets: only where a setting refers to one.
resource secretsUser 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (readsVault) {
  name: guid(vault.id, principalId, role.keyVaultSecretsUser)
  scope: vault
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.keyVaultSecretsUser)
  }
}

// Publishing: the packages that were deployed, to go back to.
resource publishesPackages 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(publisherId)) {
  name: guid(account::blobs::packages.id, publisherId, role.storageBlobDataContributor)
  scope: account::blobs::packages
  properties: {
    principalId: publisherId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.storageBlobDataContributor)
  }
}

// Publishing: on a premium plan the package that runs is a blob that is replaced.
resource publishesDeployments 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(publisherId)) {
  name: guid(account::blobs::deployments.id, publisherId, role.storageBlobDataContributor)
  scope: account::blobs::deployments
  properties: {
    principalId: publisherId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.storageBlobDataContributor)
  }
}

// Publishing: the owner of a vault with roles may not write its secrets without one.
resource secretsOfficer 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(publisherId)) {
  name: guid(vault.id, publisherId, role.keyVaultSecretsOfficer)
  scope: vault
  properties: {
    principalId: publisherId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.keyVaultSecretsOfficer)
  }
}
