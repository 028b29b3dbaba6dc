// A budget for the resource group: it tells, and stops nothing.

@description('The name of the budget.')
@minLength(1)
@maxLength(63)
param name string

@description('How much a month may cost, in the currency of the subscription.')
@minValue(1)
param amount int

@description('Who is told.')
@minLength(1)
@maxLength(50)
param contacts array

@description('The first day of the month the budget begins with.')
param start string

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: start
    }
    notifications: {
      spent: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: contacts
      }
      willBeSpent: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: contacts
      }
    }
  }
}
