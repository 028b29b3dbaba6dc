#!/usr/bin/env bash
# Goes back to a package that was published before.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/lib.sh
. "$here/lib.sh"

usage() {
    cat <<'END'
usage: infra/rollback.sh --group NAME [--list | --to PACKAGE] [--wait SECONDS]

Deploys the package that ran before the last one was published, once; where to after that is for you to say (--to). The
digest in its name is compared first. An older
rollcall does not touch records that a newer one has brought into another form: it refuses to start, and says so.
What was published with --not-kept is not known here: name where to go with --to.

  --group NAME    the resource group
  --list          only list what is kept, the oldest first; `*` marks what was put in place last, `?` one that was begun
                  and nobody knows how it ended
  --to PACKAGE    go to this one of the list instead
  --wait SECONDS  how long to wait for the app (180)
END
}

group='' to='' seconds=180 only_list=no
while [[ $# -gt 0 ]]; do
    case $1 in
    --group) group=$(value "$@"); shift ;;
    --to) to=$(value "$@"); shift ;;
    --wait) seconds=$(value "$@"); shift ;;
    --list) only_list=yes ;;
    -h | --help) usage; exit 0 ;;
    *) die "\`$1\` is not known" "see --help" ;;
    esac
    shift
done

check_group "$group"
fits "$seconds" '[0-9]{1,4}' 'number of seconds' 'give one from 0 to 9999'
[[ $only_list == no || -z "$to" ]] || die "\`--list\` and \`--to\` do not go together" "leave one out"
need az curl sha256sum unzip

look_up "$group"
list=$(kept 0)
[[ -n "$list" ]] || die "no package is kept" "publish one with: infra/publish.sh --group $group"
look_at_marker

if [[ $only_list == yes ]]; then
    while read -r name; do
        case $name in
        "$PACKAGE") printf '* %s\n' "$name" ;;
        "$DEPLOYING") printf '? %s\n' "$name" ;;
        *) printf '  %s\n' "$name" ;;
        esac
    done <<<"$list"
    exit 0
fi

see="name one with --to; what is kept: infra/rollback.sh --group $group --list"
later=''
if [[ -n "$to" ]]; then
    grep -Fxq -- "$to" <<<"$list" || die "\`$to\` is not kept" "see what is: infra/rollback.sh --group $group --list"
    # Whoever goes on to a newer one may want back to what runs now.
    if [[ -n "$PACKAGE" && "$PACKAGE" < "$to" ]]; then later=$PACKAGE; fi
elif [[ -n "$PREVIOUS" ]]; then
    to=$PREVIOUS
    grep -Fxq -- "$to" <<<"$list" || die "\`$to\` ran before, and it is not kept any more" "$see"
else
    # Not the one before it in the list: what is kept may never have run, or was left for a reason.
    die "which package ran before is not written down" "$see"
fi

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
az storage blob download --auth-mode login --account-name "$STORAGE" --container-name packages --name "$to" \
    --file "$folder/rollcall.zip" --output none ||
    die "\`$to\` cannot be fetched, and nothing was deployed" "look at what az says above, and run this again"
digest=$(digest_of "$folder/rollcall.zip")
[[ "$to" == *"-${digest:0:16}.zip" ]] ||
    die "\`$to\` is not what was published under this name, and nothing was deployed" \
        "take another one with --to, and find out who changed it: the log of the storage account says so"

version=$(version_in "$folder/rollcall.zip")
if [[ -z "$version" ]]; then
    # A package from before packages said it: between the time and the digest.
    version=${to#*-}
    version=${version%-*}
fi

# Cut short, it is begun again. Once it is done, nobody is led back to what was just left.
replace "$group" "$folder/rollcall.zip" "$to" "$to" "$later"
say "back to $to"
health=0
check_health "$group" "$seconds" "$version" "$SINCE" || health=$?
case $health in
0) ;;
2) die "\`$to\` is in place, and not ready yet" "it goes on by itself; look again in some minutes, at /api/v1/health" ;;
*) die "\`$to\` is in place and not well" \
    "where it refuses newer data, go forward again: infra/rollback.sh --group $group --to ${PACKAGE:-${DEPLOYING:-PACKAGE}}" ;;
esac
