#!/usr/bin/env bash
# Puts a package in the place of what runs, and keeps it to be able to go back to it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/lib.sh
. "$here/lib.sh"

usage() {
    cat <<'END'
usage: infra/publish.sh --group NAME [--package FILE] [--version VERSION] [--wait SECONDS] [--not-kept]

Deploys a package to the app that infra/deploy.sh made, keeps it in the container `packages` of the storage account, and
waits until the app says that it is well. Safe to repeat.

  --group NAME       the resource group
  --package FILE     the package (target/rollcall.zip; `cargo run --example package` makes it)
  --version VERSION  the version of a package that does not say it itself, in `rollcall.version`
  --wait SECONDS     how long to wait for the app (180)
  --not-kept         keep nothing: where this machine does not reach the storage account. Nobody can go back to it then
END
}

group='' package="$here/../target/rollcall.zip" version='' seconds=180 is_kept=yes
while [[ $# -gt 0 ]]; do
    case $1 in
    --group) group=$(value "$@"); shift ;;
    --package) package=$(value "$@"); shift ;;
    --version) version=$(value "$@"); shift ;;
    --wait) seconds=$(value "$@"); shift ;;
    --not-kept) is_kept=no ;;
    -h | --help) usage; exit 0 ;;
    *) die "\`$1\` is not known" "see --help" ;;
    esac
    shift
done

check_group "$group"
fits "$seconds" '[0-9]{1,4}' 'number of seconds' 'give one from 0 to 9999'
[[ -z "$version" ]] || check_version "$version"
[[ -s "$package" ]] || die "there is no package at \`$package\`" "make it with: cargo run --example package"
need az curl sha256sum unzip
own=$(version_in "$package")
[[ -n "$own$version" ]] || die "\`$package\` does not say which version it is" \
    "make it with: cargo run --example package" "or say it with --version"
[[ -z "$own" || "${version:-$own}" == "$own" ]] || die "\`$package\` is version $own, not $version" "leave --version out"
version=${own:-$version}

look_up "$group"
digest=$(digest_of "$package")

if [[ $is_kept == yes ]]; then
    # As long as a role takes that the first deployment gave a moment ago.
    list=$(kept 300)
    # The same bytes are one package, however often they are published.
    name=$(grep -- "-${digest:0:16}\.zip$" <<<"$list" | tail -n 1 || true)
    if [[ -z "$name" ]]; then
        name="$(date -u +%Y%m%dT%H%M%SZ)-$version-${digest:0:16}.zip"
        az storage blob upload --auth-mode login --account-name "$STORAGE" --container-name packages --name "$name" \
            --file "$package" --output none ||
            die "the package was not kept, and nothing was deployed" "look at what az says above, and run this again"
    fi
    say "kept as $name"
    look_at_marker
    # Publishing the same once more leaves what ran before as it was.
    before=$PACKAGE
    [[ -n "$before" && "$before" != "$name" ]] || before=$PREVIOUS
    [[ "$before" != "$name" ]] || before=''
    replace "$group" "$package" "$name" "$before" "$before"
    back="infra/rollback.sh --group $group"
else
    SINCE=$(now)
    put_in_place "$group" "$package"
    back="infra/rollback.sh --group $group --to LAST, from a machine that reaches the storage account; --list names LAST"
    say "not kept, and not written down either; to go back: $back"
fi

say "deployed $version (sha256 $digest) to $APP"
health=0
check_health "$group" "$seconds" "$version" "$SINCE" || health=$?
case $health in
0) ;;
2) die "the new package is in place, and not ready yet" \
    "do not go back: it goes on by itself; look again in some minutes, at /api/v1/health" ;;
*) die "the new package is in place and not well" "go back to the one before with: $back" ;;
esac
