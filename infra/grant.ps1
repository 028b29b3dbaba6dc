<#
.SYNOPSIS
Says what the identity of the app may do with Microsoft Graph.

.DESCRIPTION
Grants the permissions of a level to the identity of the app, and says of each what it did. Safe to repeat. It takes a
person who may consent to application permissions (Privileged Role Administrator or Global Administrator) and the modules
Microsoft.Graph.Authentication and Microsoft.Graph.Applications. -WhatIf looks, and says what would be done.

.PARAMETER Identity
The object id of the identity: output identityPrincipalId of the deployment.

.PARAMETER Level
none, read (the least; usual), members, or everything; graph-permissions.json has them all.

.PARAMETER Also
More permissions, such as User.Invite.All.

.PARAMETER Reduce
Also take away every permission of Microsoft Graph beyond these.

.PARAMETER Environment
The cloud, as Connect-MgGraph calls it: Global, USGov, USGovDoD, China.

.EXAMPLE
./grant.ps1 -Identity 00000000-0000-0000-0000-000000000000 -Level members -WhatIf
#>
#Requires -Version 7.0
#Requires -Modules Microsoft.Graph.Authentication, Microsoft.Graph.Applications
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
param(
    [Parameter(Mandatory)] [guid] $Identity,
    [ValidateSet('none', 'read', 'members', 'everything')] [string] $Level = 'read',
    [string[]] $Also = @(),
    [switch] $Reduce,
    [ValidateSet('Global', 'USGov', 'USGovDoD', 'China')] [string] $Environment = 'Global'
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$table = Get-Content -Raw -LiteralPath (Join-Path $PSScriptRoot 'graph-permissions.json') | ConvertFrom-Json -AsHashtable
$unknown = @($Also | Where-Object { -not $table.ids.ContainsKey($_) })
if ($unknown.Count -gt 0) {
    throw "``$($unknown[0])`` is no permission that rollcall has a use for`nthese are: $($table.ids.Keys -join ', ')"
}
$wanted = @($table.levels | Where-Object { $_.name -eq $Level } | ForEach-Object { $_.permissions }) + $Also |
    Select-Object -Unique

Connect-MgGraph -NoWelcome -Environment $Environment -Scopes 'AppRoleAssignment.ReadWrite.All', 'Application.Read.All'
$graph = Get-MgServicePrincipal -Filter "appId eq '$($table.resourceAppId)'" -Property id
$had = @(Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $Identity -All |
        Where-Object { $_.ResourceId -eq $graph.Id })

foreach ($permission in $wanted) {
    $role = $table.ids[$permission]
    if ($had | Where-Object { $_.AppRoleId -eq $role }) {
        "has $permission"
    }
    elseif ($PSCmdlet.ShouldProcess($Identity, "grant $permission")) {
        $body = @{ principalId = "$Identity"; resourceId = $graph.Id; appRoleId = $role }
        $null = New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $Identity -BodyParameter $body
        "granted $permission"
    }
}

foreach ($assignment in $had) {
    $name = $table.ids.Keys | Where-Object { $table.ids[$_] -eq $assignment.AppRoleId }
    if ($name -and $wanted -contains $name) { continue }
    if (-not $name) { $name = "permission $($assignment.AppRoleId)" }
    if (-not $Reduce) {
        "also has $name, which was not asked for; -Reduce takes it away"
    }
    elseif ($PSCmdlet.ShouldProcess($Identity, "take $name away")) {
        Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $Identity -AppRoleAssignmentId $assignment.Id
        "taken away $name"
    }
}
