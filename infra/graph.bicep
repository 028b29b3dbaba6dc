// What the app may do with Microsoft Graph. Only whoever may consent to application permissions can deploy it (Privileged
// Role Administrator, or an application with AppRoleAssignment.ReadWrite.All); else `grant.sh` and `grant.ps1` do the
// same. It grants and takes nothing away.

extension microsoftGraphV1

@description('The object id of the identity of the app.')
@minLength(36)
@maxLength(36)
param principalId string

@description('The level, as graph-permissions.json has it; of `none` there is nothing.')
@allowed(['none', 'read', 'members', 'everything'])
param level string

@description('Single permissions beside the level, of those that graph-permissions.json has an id for.')
param also string[]

var table = loadJsonContent('graph-permissions.json')
var chosen = flatten(map(filter(table.levels, one => one.name == level), one => one.permissions))
var permissions = union(chosen, also)

resource graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: table.resourceAppId
}

resource grants 'Microsoft.Graph/appRoleAssignedTo@v1.0' = [
  for permission in permissions: {
    appRoleId: table.ids[permission]
    principalId: principalId
    resourceId: graph.id
  }
]
