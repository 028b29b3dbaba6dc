// Where logs, traces and metrics are kept.

@description('The region.')
param location string

@description('The name of the Log Analytics workspace.')
@minLength(4)
@maxLength(63)
param workspaceName string

@description('The name of the Application Insights component.')
@minLength(1)
@maxLength(260)
param insightsName string

@description('Tags of the resources.')
param tags object

@description('How many days logs are kept.')
@minValue(30)
@maxValue(730)
param retentionDays int

@description('How many gigabytes of logs are taken in a day; -1 for no limit. After the limit alerts see nothing until the next day.')
@minValue(-1)
@maxValue(1000)
param capGigabytes int

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionDays
    features: {
      enableLogAccessUsingOnlyResourcePermissions: true
      // The keys of the workspace write nothing into it.
      disableLocalAuth: true
    }
    workspaceCapping: {
      dailyQuotaGb: capGigabytes
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    // Whoever has the connection string alone can send nothing: ingestion asks for a token of the identity.
    DisableLocalAuth: true
  }
}

@description('The resource id of the workspace.')
output workspaceId string = workspace.id

@description('The resource id of the Application Insights component.')
output insightsId string = insights.id

@description('The name of the Application Insights component.')
output insightsName string = insights.name
