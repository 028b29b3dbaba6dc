// What is different here from what main.bicep takes for usual. docs/deploy.md lists every parameter. The variables are those
// of azd (`azd env set NAME VALUE`); without them the usual values hold.

using 'main.bicep'

param prefix = readEnvironmentVariable('ROLLCALL_PREFIX', 'rollcall')

param graphAccess = readEnvironmentVariable('ROLLCALL_GRAPH_ACCESS', 'none')

param platforms = []

param alertEmails = filter(split(readEnvironmentVariable('ROLLCALL_ALERT_EMAILS', ''), ','), mail => !empty(mail))
