// What a diagnostic setting says, once for all resources.

@export()
@description('Sends these categories of logs to a workspace, and no metrics: Azure Monitor keeps those by itself.')
func diagnostics(workspaceId string, categories string[]) object => {
  workspaceId: workspaceId
  logs: map(categories, category => {
    category: category
    enabled: true
  })
}
