// Monitoring: the functions that read rollcall's events, the alerts over them, the workbook, and who gets mail.
// docs/operate.md says for each alert what it means and what to do.

@export()
@description('When alerts fire; what is left out is as usual.')
type alertLimits = {
  @description('So many hours a list fails before the alert; usually 1. Retries take about an hour; most troubles pass in that time.')
  @minValue(0)
  @maxValue(48)
  failedHours: int?

  @description('So many hours a plan waits for a person before the alert; usually 24.')
  @minValue(1)
  @maxValue(720)
  heldHours: int?

  @description('So many times a list\'s schedule comes round without a run before the alert; usually 2.')
  @minValue(1)
  @maxValue(100)
  overduePeriods: int?

  @description('So many percent of an hour\'s requests may be answered with "later" before the alert; usually 20.')
  @minValue(1)
  @maxValue(99)
  throttledPercent: int?

  @description('So many calls of one HR connection are turned away in an hour before the alert; usually 10.')
  @minValue(1)
  @maxValue(10000)
  refusedCalls: int?

  @description('So many minutes without a tick of the scheduler before the alert; usually 15. Must be longer than the time between two ticks (`ROLLCALL_SCHEDULE`).')
  silentMinutes: (15 | 30 | 45 | 60 | 120 | 360)?

  @description('So many guests one sync may invite in a day before the alert; usually 0, for no such alert.')
  @minValue(0)
  @maxValue(100000)
  invitedPerDay: int?
}

@description('Region of the resources. Must be the region of the vault, because of the events of its secrets.')
param location string

@description('First part of each name.')
@minLength(2)
@maxLength(24)
param prefix string

@description('Tags of each resource.')
param tags object = {}

@description('Resource id of the Log Analytics workspace that holds the telemetry, in this resource group.')
param workspaceId string

@description('Resource id of the Application Insights that the app sends to. Only what was sent to it is looked at.')
param appInsightsId string

@description('Resource id of the Key Vault whose secrets must not expire unseen.')
param vaultId string

@description('Resource id of the storage account; the workbook links to it.')
param storageId string

@description('Resource id of the function app; alerts name it and the workbook links to it.')
param appId string

@description('Who gets mail: addresses, preferably of shared mailboxes. Without any, alerts are shown in the portal only.')
@maxLength(50)
param alertEmails array = []

@description('When alerts fire, where it is not the usual.')
param limits alertLimits = {}

@description('Whether secrets that are about to expire raise an alert. Needs Azure Monitor alerts as a destination of Event Grid, which not every cloud has.')
param secretEvents bool = true

var events = replace(loadTextContent('queries/events.kql'), '{appInsightsId}', appInsightsId)
var lists = loadTextContent('queries/lists.kql')

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: last(split(workspaceId, '/'))
}

// For people who ask in the portal, and for the workbook. Alerts bring the two along in their own text, so that nobody can
// break them by changing a saved function.
resource eventsFunction 'Microsoft.OperationalInsights/workspaces/savedSearches@2020-08-01' = {
  parent: workspace
  name: 'rollcall-events'
  properties: {
    // One that is there is replaced only by whoever names its version, or any; the published type leaves it out.
    #disable-next-line BCP037
    etag: '*'
    category: 'rollcall'
    displayName: 'rollcall: events'
    functionAlias: 'rollcall_events'
    query: events
    version: 2
  }
}

resource listsFunction 'Microsoft.OperationalInsights/workspaces/savedSearches@2020-08-01' = {
  parent: workspace
  name: 'rollcall-lists'
  properties: {
    #disable-next-line BCP037
    etag: '*'
    category: 'rollcall'
    displayName: 'rollcall: how each list stands'
    functionAlias: 'rollcall_lists'
    query: lists
    version: 2
  }
  // Two changes of one workspace at a time end in a conflict.
  dependsOn: [
    eventsFunction
  ]
}

resource mail 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${prefix}-alerts'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'rollcall'
    enabled: true
    emailReceivers: [
      for (address, index) in alertEmails: {
        name: 'mail-${index}'
        emailAddress: address
        useCommonAlertSchema: true
      }
    ]
  }
}

module alerts 'alerts.bicep' = {
  name: '${prefix}-monitoring-alerts'
  params: {
    location: location
    prefix: prefix
    tags: tags
    workspaceId: workspaceId
    appId: appId
    actionGroupId: mail.id
    events: events
    lists: lists
    limits: {
      failedHours: limits.?failedHours ?? 1
      heldHours: limits.?heldHours ?? 24
      overduePeriods: limits.?overduePeriods ?? 2
      throttledPercent: limits.?throttledPercent ?? 20
      refusedCalls: limits.?refusedCalls ?? 10
      silentMinutes: limits.?silentMinutes ?? 15
      invitedPerDay: limits.?invitedPerDay ?? 0
    }
  }
}

module secrets 'secrets.bicep' = if (secretEvents) {
  name: '${prefix}-monitoring-secrets'
  params: {
    location: location
    prefix: prefix
    tags: tags
    vaultId: vaultId
    actionGroupId: mail.id
  }
}

module workbook 'workbook.bicep' = {
  name: '${prefix}-monitoring-workbook'
  params: {
    location: location
    prefix: prefix
    tags: tags
    workspaceId: workspaceId
    appInsightsId: appInsightsId
    appId: appId
    storageId: storageId
    vaultId: vaultId
  }
  // Its queries call the functions.
  dependsOn: [
    listsFunction
  ]
}

@description('Resource id of the action group, for alerts of your own.')
output actionGroupId string = mail.id

@description('Resource id of the workbook.')
output workbookId string = workbook.outputs.id
