#!/usr/bin/env bash
# Makes or updates the whole installation: resource group, everything in main.bicep, and the package.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/lib.sh
. "$here/lib.sh"

usage() {
    cat <<'END'
usage: infra/deploy.sh --group NAME [--location REGION] [--parameters FILE] [--set NAME=VALUE]...
                       [--package FILE] [--without-package] [--preview] [--wait SECONDS]

Makes the resource group when it is not there, deploys infra/main.bicep into it, and publishes the package
(target/rollcall.zip; `cargo run --example package` makes it). Safe to repeat: an update is the same command.

  --group NAME       the resource group
  --location REGION  the region, for a group that is new (az account list-locations)
  --parameters FILE  the parameters (infra/main.bicepparam)
  --set NAME=VALUE   one parameter that is different from the file; docs/deploy.md lists them. No secret is one
  --package FILE     another package
  --without-package  the resources alone
  --preview          show what would change, and change nothing
  --wait SECONDS     how long to wait for the app (180)
END
}

# The value of a parameter, as far as this can tell: the last --set, or a plain line of the file.
given() {
    local found one
    found=$(sed -n "s/^ *param  *$1 *= *//p" "$parameters" | sed 's| *//.*||' | tail -n 1)
    for one in ${set[@]+"${set[@]}"}; do [[ "$one" != "$1="* ]] || found=${one#*=}; done
    printf '%s' "${found//\'/}"
}

group='' location='' parameters="$here/main.bicepparam" is_preview=no with_package=yes set=() publish=()
package="$here/../target/rollcall.zip"
while [[ $# -gt 0 ]]; do
    case $1 in
    --group) group=$(value "$@"); shift ;;
    --location) location=$(value "$@"); shift ;;
    --parameters) parameters=$(value "$@"); shift ;;
    --set) one=$(value "$@"); set+=("$one"); shift ;;
    --package) package=$(value "$@"); shift ;;
    --wait) one=$(value "$@"); publish=(--wait "$one"); shift ;;
    --without-package) with_package=no ;;
    --preview) is_preview=yes ;;
    -h | --help) usage; exit 0 ;;
    *) die "\`$1\` is not known" "see --help" ;;
    esac
    shift
done

check_group "$group"
[[ -z "$location" ]] || fits "$location" '[a-z0-9]{3,40}' 'region' 'see: az account list-locations --query [].name'
[[ -f "$parameters" ]] || die "there is no file \`$parameters\`" "name one with --parameters"
for one in ${set[@]+"${set[@]}"}; do
    fits "${one%%=*}" '[a-z][A-Za-z]{1,40}' 'parameter' 'write --set NAME=VALUE'
    [[ "$one" == *=* ]] || die "\`$one\` has no value" "write --set NAME=VALUE"
done
if [[ $(given budgetAmount) == [1-9]* && -z $(given budgetStart) ]] && ! grep -Eq '^ *(param  *|"?)budgetStart' -- "$parameters"; then
    die "there is a \`budgetAmount\` and no \`budgetStart\`: no budget would be made" \
        "add the first day of this month, or the beginning of the budget that is there, --set budgetStart=YYYY-MM-01, and keep it:" "Azure takes no other one later"
fi
if [[ $with_package == yes && $is_preview == no ]]; then
    [[ -s "$package" ]] || die "there is no package at \`$package\`" \
        "make it with: cargo run --example package" "or make the resources alone: --without-package"
    need curl sha256sum unzip
fi
need az

account=$(az account show --query '[name, id]' --output tsv) || die "nobody is signed in" "sign in with: az login"
say "subscription: $(paste -sd ' ' <<<"$account")"

exists=$(az group exists --name "$group") || die "the resource group \`$group\` cannot be looked up" "see what az says above"
if [[ "$exists" != true ]]; then
    [[ -n "$location" ]] || die "the resource group \`$group\` does not exist" "add --location REGION to make it"
    [[ $is_preview == no ]] || die "there is nothing to compare with: \`$group\` does not exist" "leave --preview out"
    az group create --name "$group" --location "$location" --output none ||
        die "the resource group \`$group\` was not made" "see what az says above"
fi

arguments=(--resource-group "$group" --name rollcall --template-file "$here/main.bicep" --parameters "$parameters")
for one in ${set[@]+"${set[@]}"}; do arguments+=(--parameters "$one"); done
if [[ $is_preview == yes ]]; then
    az deployment group what-if "${arguments[@]}" || die "what would change cannot be told" "see what az says above"
    exit 0
fi
# The subnet of Flex Consumption is handed to this provider. Whoever may not register it may have had it registered.
if [[ $(given privateNetwork) == true && $(given plan) != premium ]]; then
    az provider register --namespace Microsoft.App --wait --output none ||
        say "the provider Microsoft.App was not registered; where the subscription does not have it, the network fails: somebody with Contributor on the subscription runs: az provider register --namespace Microsoft.App --wait"
fi
say "deploying; this takes about five minutes"
az deployment group create "${arguments[@]}" --output none || die "the deployment failed; what was made stays" \
    "see what az says above, mend it, and run this again: it goes on from there"

published=0
if [[ $with_package == yes ]]; then
    "$here/publish.sh" --group "$group" --package "$package" ${publish[@]+"${publish[@]}"} || published=$?
fi

found=$(az deployment group show --resource-group "$group" --name rollcall --output tsv \
    --query 'properties.outputs.[appName.value, appUrl.value, identityPrincipalId.value, identityClientId.value, vaultName.value]') ||
    die "what the deployment made cannot be read" "see what az says above"
{ read -r app && read -r url && read -r principal && read -r client && read -r vault; } <<<"$found"
cat <<END
The app:       $url
Its identity:  $client   ("managedIdentity" in a definition)

Next:
1. Say what it may do with Microsoft Graph (docs/deploy.md):
   infra/grant.sh --identity $principal --level read
2. Put secrets of platforms into the vault, from a file that nobody else reads, and delete the file:
   az keyvault secret set --vault-name $vault --name NAME --file FILE --output none
   The names are in: az deployment group show -g $group -n rollcall --query properties.outputs.secretNames.value
3. Bring the definitions, and look before anything changes. The host key opens every function; a key of one function
   opens that one alone:
   export ROLLCALL_API_KEY=\$(az functionapp keys list -g $group -n $app --query functionKeys.default -o tsv)
   rollcall push -c rollcall.json --to $url
END
if [[ $published != 0 ]]; then
    say "error: the resources are there, and publishing the package failed"
    say "see above; when it is mended: infra/publish.sh --group $group"
    exit "$published"
fi
