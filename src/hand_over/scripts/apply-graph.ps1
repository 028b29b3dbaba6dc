#Requires -Version 5.1
#Requires -Modules Microsoft.Graph.Authentication, Microsoft.Graph.Groups

<#
.SYNOPSIS
Adds and removes the members of one group that the files beside this script name.

.DESCRIPTION
This script is the same in every package. It reads summary.json, add-members.csv and remove-members.csv from its own
folder; nothing in them is run, and nobody is added or removed whom summary.json does not name. It goes on after a
member that could not be added or removed, prints what it did, and ends with exit code 1 when something failed. To run
it twice does no harm: who is a member already is not added again.

.NOTES
Needs the modules Microsoft.Graph.Authentication and Microsoft.Graph.Groups
    Install-Module Microsoft.Graph.Groups -Scope CurrentUser
and the delegated permission GroupMember.ReadWrite.All for somebody who may change the group: its owner, or a Groups
Administrator. An open connection (Connect-MgGraph) is used as it is.

.EXAMPLE
.\apply-graph.ps1 -WhatIf
Shows what would be done, and does nothing.

.EXAMPLE
.\apply-graph.ps1
#>
[CmdletBinding(SupportsShouldProcess)]
param()

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
if ($summary.version -ne 1 -or $summary.with -ne 'directory') {
    throw 'summary.json is not of a package that this script applies'
}
$groupId = [string] $summary.groupId
if ($groupId -notmatch $IdForm) {
    throw 'summary.json names no group'
}
if ([DateTimeOffset]::UtcNow.ToUnixTimeSeconds() -ge $summary.applyBeforeSeconds) {
    throw 'this package is too old: people may have left or opted out since; let rollcall make a new one'
}
$environments = @{ 'public' = 'Global'; 'us-gov' = 'USGov'; 'us-dod' = 'USGovDoD'; 'china' = 'China' }
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

if (-not (Get-MgContext)) {
    Connect-MgGraph -Scopes 'GroupMember.ReadWrite.All' -Environment $environment | Out-Null
}
$group = Get-MgGroup -GroupId $groupId -Property 'id,displayName' -ErrorAction Stop
Write-Output ('Group {0} ({1})' -f $group.DisplayName, $groupId)
$members = @{}
foreach ($member in @(Get-MgGroupMember -GroupId $groupId -All -ErrorAction Stop)) {
    $members[[string] $member.Id] = $true
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
        New-MgGroupMember -GroupId $groupId -DirectoryObjectId $id -ErrorAction Stop | Out-Null
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
        # The cmdlet has had both names.
        if (Get-Command -Name 'Remove-MgGroupMemberDirectoryObjectByRef' -ErrorAction SilentlyContinue) {
            Remove-MgGroupMemberDirectoryObjectByRef -GroupId $groupId -DirectoryObjectId $id -ErrorAction Stop | Out-Null
        }
        else {
            Remove-MgGroupMemberByRef -GroupId $groupId -DirectoryObjectId $id -ErrorAction Stop | Out-Null
        }
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
