// The workbook. Its text is `workbook.json`; where a query belongs, that file names one of `queries/view-*.kql`, which is put in
// here, so that each query is written once and as people read it.

@description('Region of the workbook.')
param location string

@description('First part of each name.')
param prefix string

@description('Tags of each resource.')
param tags object

@description('Resource id of the Log Analytics workspace that is asked.')
param workspaceId string

@description('Resource id of the Application Insights in whose gallery the workbook is found.')
param appInsightsId string

@description('Resource id of the function app.')
param appId string

@description('Resource id of the storage account.')
param storageId string

@description('Resource id of the Key Vault.')
param vaultId string

var queries = {
  'view-app.kql': loadTextContent('queries/view-app.kql')
  'view-changes.kql': loadTextContent('queries/view-changes.kql')
  'view-decisions.kql': loadTextContent('queries/view-decisions.kql')
  'view-durations.kql': loadTextContent('queries/view-durations.kql')
  'view-failures.kql': loadTextContent('queries/view-failures.kql')
  'view-intake.kql': loadTextContent('queries/view-intake.kql')
  'view-invitations.kql': loadTextContent('queries/view-invitations.kql')
  'view-lists.kql': loadTextContent('queries/view-lists.kql')
  'view-quota.kql': loadTextContent('queries/view-quota.kql')
  'view-runs.kql': loadTextContent('queries/view-runs.kql')
  'view-states.kql': loadTextContent('queries/view-states.kql')
  'view-syncs.kql': loadTextContent('queries/view-syncs.kql')
  'view-ticks.kql': loadTextContent('queries/view-ticks.kql')
  'view-withheld.kql': loadTextContent('queries/view-withheld.kql')
}

var places = {
  '{portal}': environment().portal
  '{workspaceId}': workspaceId
  '{appInsightsId}': appInsightsId
  '{appId}': appId
  '{storageId}': storageId
  '{vaultId}': vaultId
}

// An array as text is `["…"]`, and between its brackets stands the text as JSON writes it.
func quoted(text string) string => substring(string([text]), 1, length(string([text])) - 2)

var withPlaces = reduce(items(places), loadTextContent('workbook.json'), (text, place) => replace(text, place.key, place.value))
var withQueries = reduce(items(queries), withPlaces, (text, query) => replace(text, '"${query.key}"', quoted(query.value)))

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  // A name that stays the same, or each deployment would make another workbook.
  name: guid(resourceGroup().id, prefix, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'rollcall (${prefix})'
    description: 'How the lists stand, what the runs did, and what went wrong.'
    category: 'workbook'
    sourceId: appInsightsId
    serializedData: withQueries
    version: '1.0'
  }
}

@description('Resource id of the workbook.')
output id string = workbook.id
