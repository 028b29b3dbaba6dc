#Requires -Version 5.1
#Requires -Modules @{ ModuleName = 'ExchangeOnlineManagement'; ModuleVersion = '3.0.0' }

<#
.SYNOPSIS
Adds and removes the members of one distribution list or mail-enabled security group that the files beside this script
name.

.DESCRIPTION
This script is the same in every package. It reads summary.json, add-members.csv and remove-members.csv from its own
folder; nothing in them is run, and nobody is added or removed whom summary.json does not name. It goes on after a
member that could not be added or removed, prints what it did, and ends with exit code 1 when something failed. To run
it twice does no harm: who is a member already is not added again.

.PARAMETER Group
The group by its address, where Exchange does not find it by the id in summary.json. It has to be the same group.

.NOTES
Needs the module ExchangeOnlineManagement 3.0 or later
    Install-Module ExchangeOnlineManagement -Scope CurrentUser
and somebody who may change the members of any group: an Exchange Administrator, or an account with the Exchange role
Security Group Creation and Membership. An open connection (Connect-ExchangeOnline) is used as it is.

.EXAMPLE
.\apply-exchange.ps1 -WhatIf
Shows what would be done, and does nothing.

.EXAMPLE
.\apply-exchange.ps1
#>
[CmdletBinding(SupportsShouldProcess)]
param([string] $Group)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

$Column = 'Member object ID or user principal name [memberObjectIdOrUpn] Required'
$IdForm = '\A[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\z'

function Read-MemberFile {
    param([string] $Name, [int] $Expected)

    $path = Join-Path -Path $PSScriptRoot -ChildPath $Name
    if (-not (Test-Path -LiteralPath $path)) {
        if ($Expected -gt 0) {
            throw ('{0} is missing; unpack the package again' -f $Name)
        }
        return
    }
    $lines = @(Get-Content -LiteralPath $path -Encoding UTF8 | Where-Object { $_ -ne '' -and $_ -notlike 'version:*' })
    $rows = @($lines | ConvertFrom-Csv)
    if ($rows.Count -ne $Expected) {
        Write-Warning ('{0} names {1} members, and the package was made with {2}' -f $Name, $rows.Count, $Expected)
    }
    foreach ($row in $rows) {
        [string] $row.$Column
    }
}

$summary = Get-Content -LiteralPath (Join-Path -Path $PSScriptRoot -ChildPath 'summary.json') -Raw -Encoding UTF8 |
    ConvertFrom-Json
if ($summary.version -ne 1 -or $summary.with -ne 'exchange') {
    throw 'summary.json is not of a package that this script applies'
}
$groupId = [string] $summary.groupId
if ($groupId -notmatch $IdForm) {
    throw 'summary.json names no group'
}
if ([DateTimeOffset]::UtcNow.ToUnixTimeSeconds() -ge $summary.applyBeforeSeconds) {
    throw 'this package is too old: people may have left or opted out since; let rollcall make a new one'
}
$environments = @{
    'public' = 'O365Default'; 'us-gov' = 'O365USGovGCCHigh'; 'us-dod' = 'O365USGovDoD'; 'china' = 'O365China'
}
$environment = $environments[[string] $summary.cloud]
if (-not $environment) {
    throw 'summary.json names a cloud that this script does not know'
}
$toAdd = @(Read-MemberFile -Name 'add-members.csv' -Expected $summary.counts.add)
$toRemove = @(Read-MemberFile -Name 'remove-members.csv' -Expected $summary.counts.remove)
$names = @{}
$listed = @{ 'add' = @{}; 'remove' = @{} }
foreach ($change in @($summary.changes)) {
    if ($change.id) {
        $listed[[string] $change.action][[string] $change.id] = $true
        $names[[string] $change.id] = [string] $change.member
    }
}

if (-not (Get-ConnectionInformation)) {
    Connect-ExchangeOnline -ExchangeEnvironmentName $environment -ShowBanner:$false
}
$wanted = if ($Group) { $Group } else { $groupId }
$found = @(Get-DistributionGroup -Identity $wanted -ErrorAction Stop)
if ($found.Count -ne 1 -or [string] $found[0].ExternalDirectoryObjectId -ne $groupId) {
    throw 'Exchange found another group than the one of this package; name it with -Group and its address'
}
$identity = [string] $found[0].Guid
Write-Output ('Group {0} ({1})' -f $found[0].DisplayName, $groupId)
$members = @{}
foreach ($member in @(Get-DistributionGroupMember -Identity $identity -ResultSize Unlimited -ErrorAction Stop)) {
    if ($member.ExternalDirectoryObjectId) {
        $members[[string] $member.ExternalDirectoryObjectId] = $true
    }
}

$added = 0
$removed = 0
$already = 0
$failed = 0
foreach ($id in $toAdd) {
    if ($id -notmatch $IdForm) {
        $failed++
        Write-Warning ('not added, because it is no object id: {0}' -f $id)
        continue
    }
    if (-not $listed['add'].ContainsKey($id)) {
        $failed++
        Write-Warning ('not added, because this package does not name it: {0}' -f $id)
        continue
    }
    if ($members.ContainsKey($id)) {
        $already++
        Write-Output ('already a member  {0}  {1}' -f $id, $names[$id])
        continue
    }
    if (-not $PSCmdlet.ShouldProcess($id, 'Add to the group')) {
        continue
    }
    try {
        Add-DistributionGroupMember -Identity $identity -Member $id -BypassSecurityGroupManagerCheck -Confirm:$false -ErrorAction Stop
        $added++
        Write-Output ('added             {0}  {1}' -f $id, $names[$id])
    }
    catch {
        $failed++
        Write-Warning ('not added: {0}  {1}: {2}' -f $id, $names[$id], $_.Exception.Message)
    }
}
foreach ($id in $toRemove) {
    if ($id -notmatch $IdForm) {
        $failed++
        Write-Warning ('not removed, because it is no object id: {0}' -f $id)
        continue
    }
    if (-not $listed['remove'].ContainsKey($id)) {
        $failed++
        Write-Warning ('not removed, because this package does not name it: {0}' -f $id)
        continue
    }
    if (-not $members.ContainsKey($id)) {
        $already++
        Write-Output ('no member any more  {0}  {1}' -f $id, $names[$id])
        continue
    }
    if (-not $PSCmdlet.ShouldProcess($id, 'Remove from the group')) {
        continue
    }
    try {
        Remove-DistributionGroupMember -Identity $identity -Member $id -BypassSecurityGroupManagerCheck -Confirm:$false -ErrorAction Stop
        $removed++
        Write-Output ('removed           {0}  {1}' -f $id, $names[$id])
    }
    catch {
        $failed++
        Write-Warning ('not removed: {0}  {1}: {2}' -f $id, $names[$id], $_.Exception.Message)
    }
}
Write-Output ('{0} added, {1} removed, {2} so before, {3} failed' -f $added, $removed, $already, $failed)
if ($failed -gt 0) {
    exit 1
}
