// The alerts over rollcall's events: one rule for each query in `queries/alert-*.kql`. A rule fires when its query gives a
// row: once for each value of its dimension, so that the mail names the list, and not again until it is over. It is over
// when the row has been gone for two or three looks.
//
// rollcall tells every 15 minutes how each list stands, so a rule that looks at the last hour sees every list. Where the app
// is silent the alerts of lists end as well, because nobody tells of them: `app-silent` is the one to believe then.
// Windows are longer than the time between two looks, so that a line that arrives late is seen all the same.

@description('Region of the rules.')
param location string

@description('First part of each name.')
param prefix string

@description('Tags of each resource.')
param tags object

@description('Resource id of the Log Analytics workspace that is asked.')
param workspaceId string

@description('Resource id of the function app; mails name it.')
param appId string

@description('Resource id of the action group that gets the alerts.')
param actionGroupId string

@description('The query that turns lines of the log into events: the body of `rollcall_events`.')
param events string

@description('The query for how each list stands: the body of `rollcall_lists`.')
param lists string

@description('The limits in the queries, by their names there.')
param limits {
  failedHours: int
  heldHours: int
  overduePeriods: int
  throttledPercent: int
  refusedCalls: int
  silentMinutes: int
  invitedPerDay: int
}

// The lengths of windows that rules take, by minutes.
var silentWindows = {
  '15': 'PT15M'
  '30': 'PT30M'
  '45': 'PT45M'
  '60': 'PT1H'
  '120': 'PT2H'
  '360': 'PT6H'
}

// `window` is what a query looks at, `every` how often it is asked. Severities: 1 nothing works, 2 a list or a delivery does
// not, 3 somebody should look.
var always = [
  {
    name: 'list-failed'
    title: 'list failed'
    query: loadTextContent('queries/alert-list-failed.kql')
    severity: 2
    window: 'PT1H'
    every: 'PT15M'
    dimension: 'sync'
    about: 'This list fails since ${limits.failedHours} hour(s) or more, or it is paused after failures: nobody is added or removed. Look at the last run, mend what it names, resume the list.'
  }
  {
    name: 'plan-held'
    title: 'plan held'
    query: loadTextContent('queries/alert-plan-held.kql')
    severity: 3
    window: 'PT1H'
    every: 'PT15M'
    dimension: 'sync'
    about: 'A plan of this list waits for a person since ${limits.heldHours} hours or more. Look at it, then approve or reject it.'
  }
  {
    name: 'no-run'
    title: 'no run'
    query: loadTextContent('queries/alert-no-run.kql')
    severity: 2
    window: 'PT1H'
    every: 'PT15M'
    dimension: 'sync'
    about: 'The schedule of this list came round ${limits.overduePeriods} times or more without a run. Look whether jobs wait on the queue and whether a run holds the list.'
  }
  {
    name: 'job-poisoned'
    title: 'job poisoned'
    query: loadTextContent('queries/alert-job-poisoned.kql')
    severity: 2
    window: 'PT1H'
    every: 'PT15M'
    dimension: 'sync'
    about: 'A job failed so often that the host gave it up; it is written down as a failed run. Look at that run, and start the list by hand when its cause is gone. The end of this alert only says that no further job was given up.'
  }
  {
    name: 'throttled'
    title: 'throttled'
    query: loadTextContent('queries/alert-throttled.kql')
    severity: 3
    window: 'PT1H'
    every: 'PT30M'
    dimension: ''
    about: 'More than ${limits.throttledPercent} % of the requests of the last hour were answered with "later". Runs take longer; nothing is lost. Spread the schedules, or find out who else uses the quota.'
  }
  {
    name: 'intake-failed'
    title: 'intake failed'
    query: loadTextContent('queries/alert-intake-failed.kql')
    severity: 2
    window: 'PT1H'
    every: 'PT15M'
    dimension: 'connection'
    about: 'A delivery of an HR system could not be kept, or ${limits.refusedCalls} calls or more of one connection were turned away within an hour. Look at the code, mend it, and have the system send again.'
  }
  {
    name: 'app-refused'
    title: 'app refused to start'
    query: loadTextContent('queries/alert-app-refused.kql')
    severity: 1
    window: 'PT30M'
    every: 'PT5M'
    dimension: 'reason'
    about: 'The app cannot be set up, and no list is kept in step. The reason says whether data of a newer version, the storage or a setting is in the way.'
  }
  {
    name: 'app-silent'
    title: 'app silent'
    query: loadTextContent('queries/alert-app-silent.kql')
    severity: 1
    window: silentWindows[string(limits.silentMinutes)]
    every: 'PT5M'
    dimension: ''
    about: 'No tick of the scheduler for ${limits.silentMinutes} minutes: the app does not run, or its log does not arrive. No other alert can be trusted until this one is over. Expected until the app is published for the first time.'
  }
]

var onRequest = [
  {
    name: 'invitations'
    title: 'many invitations'
    query: loadTextContent('queries/alert-invitations.kql')
    severity: 3
    window: 'P1D'
    every: 'PT1H'
    dimension: 'sync'
    about: 'This sync invited more than ${limits.invitedPerDay} guests within a day. Look whether they were meant; pause the sync if not.'
  }
]

var rules = concat(always, limits.invitedPerDay > 0 ? onRequest : [])

resource alerts 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = [
  for rule in rules: {
    name: '${prefix}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'rollcall: ${rule.title}'
      description: '${rule.about} docs/operate.md#alert-${rule.name}'
      severity: rule.severity
      enabled: true
      scopes: [
        workspaceId
      ]
      windowSize: rule.window
      evaluationFrequency: rule.every
      criteria: {
        allOf: [
          {
            query: reduce(
              items(limits),
              'let rollcall_events =\n${events};\nlet rollcall_lists =\n${lists};\n${rule.query}',
              (query, limit) => replace(query, '{${limit.key}}', string(limit.value))
            )
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            dimensions: empty(rule.dimension)
              ? []
              : [
                  {
                    name: rule.dimension
                    operator: 'Include'
                    values: [
                      '*'
                    ]
                  }
                ]
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      autoMitigate: true
      // A workspace that is minutes old may not know the table yet, and the deployment must not fail for that.
      skipQueryValidation: true
      actions: {
        actionGroups: [
          actionGroupId
        ]
        customProperties: {
          app: last(split(appId, '/'))
          guide: 'docs/operate.md#alert-${rule.name}'
        }
      }
    }
  }
]
