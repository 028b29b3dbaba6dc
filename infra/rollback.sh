#!/usr/bin/env bash
# Goes back to a package that was published before.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/lib.sh
. "$here/lib.sh"

usage() {
    cat <<'END'
usage: infra/rollback.sh --group NAME [--list | --to PACKAGE] [--wait SECONDS]

Deploys the package that was published before the one that runs. The digest in its name is compared first. An older
rollcall does not touch records that a newer one has brought into another form: it refuses to start, and says so.

  --group NAME    the resource group
  --list          only list what is kept, the oldest first; `*` marks what runs
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
need az curl sha256sum

look_up "$group"
list=$(kept)
[[ -n "$list" ]] || die "no package is kept" "publish one with: infra/publish.sh --group $group"
now=$(running)

if [[ $only_list == yes ]]; then
    while read -r name; do
        if [[ "$name" == "$now" ]]; then printf '* %s\n' "$name"; else printf '  %s\n' "$name"; fi
    done <<<"$list"
    exit 0
fi

if [[ -n "$to" ]]; then
    grep -Fxq -- "$to" <<<"$list" || die "\`$to\` is not kept" "see what is: infra/rollback.sh --group $group --list"
    [[ "$to" != "$now" ]] || die "\`$to\` runs already" "nothing has to be done"
else
    grep -Fxq -- "${now:-?}" <<<"$list" || die "which package runs was never written down" \
        "name one with --to; what is kept: infra/rollback.sh --group $group --list"
    to=$(sed "/^${now//./\\.}\$/,\$d" <<<"$list" | tail -n 1)
    [[ -n "$to" ]] || die "\`$now\` runs, and no older package is kept" "publish one with: infra/publish.sh --group $group"
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

put_in_place "$group" "$folder/rollcall.zip"
mark_running "$to"
say "back to $to"
check_health "$group" "$seconds" || die "\`$to\` is in place and not well" \
    "where it refuses newer data, go forward again: infra/rollback.sh --group $group --to ${now:-PACKAGE}"
