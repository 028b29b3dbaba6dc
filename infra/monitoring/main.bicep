#disable-diagnostics no-unused-params
// Workbook and alerts.

@description('The region.')
param location string

@description('What names begin with.')
param prefix string

@description('Tags of the resources.')
param tags object

@description('The Log Analytics workspace.')
param workspaceId string

@description('The Application Insights component.')
param appInsightsId string

@description('The vault.')
param vaultId string

@description('The storage account.')
param storageId string

@description('The functions app.')
param appId string

@description('Who is told of alerts.')
param alertEmails array
