// Key Vault says itself when a secret is about to expire (30 days before) and when it has. It says nothing of secrets without
// an expiry date, nor of versions that were there before somebody listened.

@description('Region of the vault.')
param location string

@description('First part of each name.')
param prefix string

@description('Tags of each resource.')
param tags object

@description('Resource id of the Key Vault.')
param vaultId string

@description('Resource id of the action group that gets the alert.')
param actionGroupId string

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: '${prefix}-secrets'
  location: location
  tags: tags
  properties: {
    source: vaultId
    topicType: 'Microsoft.KeyVault.vaults'
  }
}

resource subscription 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'secret-expiring'
  properties: {
    // The only form that alerts take.
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: {
      includedEventTypes: [
        'Microsoft.KeyVault.SecretNearExpiry'
        'Microsoft.KeyVault.SecretExpired'
      ]
    }
    destination: {
      endpointType: 'MonitorAlert'
      properties: {
        severity: 'Sev2'
        description: 'A secret that rollcall signs in with expires within 30 days, or has expired. Put a new version into the vault before that day. docs/operate.md#alert-secret-expiring'
        actionGroups: [
          actionGroupId
        ]
      }
    }
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
  }
}
