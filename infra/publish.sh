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
  --version VERSION  what the kept package is called (the version in Cargo.toml)
  --wait SECONDS     how long to wait for the app (180)
  --not-kept         keep nothing: where this machine does not reach the storage account. There is no going back then
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
[[ -n "$version" ]] || version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/../Cargo.toml" | head -n 1)
fits "$version" '[0-9A-Za-z][0-9A-Za-z.+]{0,40}' 'version' 'digits, letters, . and + make one'
[[ -s "$package" ]] || die "there is no package at \`$package\`" "make it with: cargo run --example package"
need az curl sha256sum

look_up "$group"
digest=$(digest_of "$package")

if [[ $is_kept == yes ]]; then
    list=$(kept)
    # The same bytes are one package, however often they are published.
    name=$(grep -- "-${digest:0:16}\.zip$" <<<"$list" | tail -n 1 || true)
    if [[ -z "$name" ]]; then
        name="$(date -u +%Y%m%dT%H%M%SZ)-$version-${digest:0:16}.zip"
        az storage blob upload --auth-mode login --account-name "$STORAGE" --container-name packages --name "$name" \
            --file "$package" --output none ||
            die "the package was not kept, and nothing was deployed" "look at what az says above, and run this again"
    fi
    say "kept as $name"
fi

put_in_place "$group" "$package"
if [[ $is_kept == yes ]]; then mark_running "$name"; fi
say "deployed $version (sha256 $digest) to $APP"
check_health "$group" "$seconds" || die "the new package is in place and not well" \
    "go back to the one before with: infra/rollback.sh --group $group"
