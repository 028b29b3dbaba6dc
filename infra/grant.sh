#!/usr/bin/env bash
# Says what the identity of the app may do with Microsoft Graph.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/lib.sh
. "$here/lib.sh"

usage() {
    cat <<'END'
usage: infra/grant.sh --identity OBJECT_ID [--level none|read|members|everything] [--also PERMISSION]...
                      [--reduce] [--preview | --show]

Grants the permissions of a level to the identity of the app, and says of each what it did. Safe to repeat. It takes a
person who may consent to application permissions: Privileged Role Administrator or Global Administrator.

  --identity OBJECT_ID  the object id of the identity: output `identityPrincipalId` of the deployment
  --level LEVEL         read (the least; usual), members, everything, or none; infra/graph-permissions.json has them all
  --also PERMISSION     one more permission, such as User.Invite.All
  --reduce              also take away every permission of Microsoft Graph beyond these
  --preview             look, and say what would be done
  --show                print the commands and run nothing
END
}

identity='' level=read also=() reduce=no mode=run
while [[ $# -gt 0 ]]; do
    case $1 in
    --identity) identity=$(value "$@"); shift ;;
    --level) level=$(value "$@"); shift ;;
    --also) one=$(value "$@"); also+=("$one"); shift ;;
    --reduce) reduce=yes ;;
    --preview) mode=preview ;;
    --show) mode=show ;;
    -h | --help) usage; exit 0 ;;
    *) die "\`$1\` is not known" "see --help" ;;
    esac
    shift
done

# The one table; a test holds it to be as simple as this takes it for.
table=$(tr -d '\n' <"$here/graph-permissions.json")
texts() { grep -o '"[^"]*"' | tr -d '"'; }
ids=$(grep -o '"ids": *{[^}]*}' <<<"$table" | grep -o '"[^"]*": *"[^"]*"' | sed 's/"\([^"]*\)": *"\([^"]*\)"/\1 \2/')
id_of() { awk -v one="$1" '$1 == one { print $2 }' <<<"$ids"; }
name_of() { awk -v one="$1" '$2 == tolower(one) { print $1 }' <<<"$ids"; }
[[ -n "$identity" ]] || die "no identity is named" "add --identity OBJECT_ID: output identityPrincipalId of the deployment"
fits "$identity" '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}' 'object id' 'it is the output identityPrincipalId of the deployment'
levels=$(grep -o '"name": *"[^"]*"' <<<"$table" | sed 's/"name": *//' | texts)
grep -Fxq -- "$level" <<<"none"$'\n'"$levels" || die "\`$level\` is no level" "the levels: none, $(paste -sd ',' - <<<"$levels" | sed 's/,/, /g')"
wanted=$(grep -o "\"name\": *\"$level\"[^]]*]" <<<"$table" | sed 's/.*\[//' | texts) || true
for one in ${also[@]+"${also[@]}"}; do
    [[ -n $(id_of "$one") ]] || die "\`$one\` is no permission that rollcall has a use for" \
        "these are: $(cut -d' ' -f1 <<<"$ids" | paste -sd ',' - | sed 's/,/, /g')"
    wanted+=$'\n'$one
done
wanted=$(sed '/^$/d' <<<"$wanted" | awk '!seen[$0]++')
body_of() { # identity, Microsoft Graph, permission
    printf '{"principalId":"%s","resourceId":"%s","appRoleId":"%s"}' "$1" "$2" "$(id_of "$3")"
}
app=$(grep -o '"resourceAppId": *"[^"]*"' <<<"$table" | sed 's/.*: *//' | texts)

if [[ $mode == show ]]; then
    printf '%s\n' 'graph=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv)' \
        "resource=\$(az rest --method get --url \"\${graph%/}/v1.0/servicePrincipals(appId='$app')\" --query id --output tsv)"
    while read -r permission; do
        [[ -n "$permission" ]] || continue
        printf '\n# %s\n' "$permission"
        printf '%s' "az rest --method post --url \"\${graph%/}/v1.0/servicePrincipals/$identity/appRoleAssignments\""
        printf " --headers Content-Type=application/json --body '{\"principalId\": \"%s\", \"resourceId\": \"'\"\$resource\"'\", \"appRoleId\": \"%s\"}'\n" \
            "$identity" "$(id_of "$permission")"
    done <<<"$wanted"
    printf '\n# %s\n' 'what it has; to take one away: the same with --method delete and /ID at the end of the address'
    printf '%s\n' "az rest --method get --url \"\${graph%/}/v1.0/servicePrincipals/$identity/appRoleAssignments\" --query \"value[].[appRoleId, id]\" --output tsv"
    exit 0
fi

need az
graph=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv) || die "az does not say which cloud it is in" "sign in with: az login"
base="${graph%/}/v1.0/servicePrincipals"
resource=$(az rest --method get --url "$base(appId='$app')" --query id --output tsv) ||
    die "Microsoft Graph cannot be read" "sign in with: az login; you may need the role Directory Readers"
had=$(az rest --method get --url "$base/$identity/appRoleAssignments?\$top=999" \
    --query "value[?resourceId=='$resource'].[appRoleId, id]" --output tsv) ||
    die "what \`$identity\` may do cannot be read" "take the object id of the identity, not its client id: output identityPrincipalId"

failed=no
did() { if [[ $mode == preview ]]; then printf '%s would be %s\n' "$2" "$1"; else printf '%s %s\n' "$1" "$2"; fi; }
while read -r permission <&3; do
    [[ -n "$permission" ]] || continue
    if grep -qi -- "^$(id_of "$permission")"$'\t' <<<"$had"; then
        printf 'has %s\n' "$permission"
    elif [[ $mode == preview ]] || az rest --method post --url "$base/$identity/appRoleAssignments" --output none \
        --headers Content-Type=application/json --body "$(body_of "$identity" "$resource" "$permission")"; then
        did granted "$permission"
    else
        say "error: \`$permission\` was not granted"
        failed=yes
    fi
done 3<<<"$wanted"
while IFS=$'\t' read -r role assignment <&3; do
    [[ -n "$role" ]] || continue
    name=$(name_of "$role")
    if [[ -n "$name" ]] && grep -Fxq -- "$name" <<<"$wanted"; then continue; fi
    name=${name:-permission $role}
    if [[ $reduce == no ]]; then
        printf 'also has %s, which was not asked for; --reduce takes it away\n' "$name"
    elif [[ $mode == preview ]] || az rest --method delete --url "$base/$identity/appRoleAssignments/$assignment" --output none; then
        did 'taken away' "$name"
    else
        say "error: \`$name\` was not taken away"
        failed=yes
    fi
done 3<<<"$had"

[[ $failed == no ]] || die "not everything was done" \
    "it takes Privileged Role Administrator or Global Administrator; see what az says above, and run this again"
if [[ $mode == run ]]; then
    say "a token that the app has already says the old for up to a day; look again with: rollcall doctor"
fi
