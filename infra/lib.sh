# What the scripts beside this one share. It is sourced, not run.

# Ends with what went wrong, and what to do next.
die() {
    printf 'error: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '%s\n' "$line" >&2; done
    exit 1
}

say() { printf '%s\n' "$*" >&2; }

# Ends unless these programs are there.
need() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null 2>&1 ||
            die "\`$program\` is not installed" "install it, or use Azure Cloud Shell, where it is"
    done
}

# The value after an option; ends when there is none.
value() {
    [[ $# -ge 2 && -n "$2" && "$2" != --* ]] || die "\`$1\` needs a value" "see --help"
    printf '%s' "$2"
}

# Ends unless a text fits a pattern: `fits TEXT PATTERN WHAT HINT`.
fits() {
    [[ "$1" =~ ^($2)$ ]] || die "\`$1\` is no $3" "$4"
}

check_group() {
    [[ -n "$1" ]] || die "no resource group is named" "add --group NAME"
    fits "$1" '[A-Za-z0-9_().-]{1,90}' 'name of a resource group' 'letters, digits and _ ( ) . - make one'
}

# Sets APP, APP_ID, URL, PLAN and STORAGE of the installation in a group, whoever deployed it: by the tags of main.bicep.
look_up() {
    local found host
    found=$(az resource list --resource-group "$1" --query "[?tags.app=='rollcall'].[type, name, id, tags.plan]" --output tsv) ||
        die "the resource group \`$1\` cannot be read" "sign in with: az login; see az account show for the subscription"
    STORAGE=$(awk -F '\t' 'tolower($1) == "microsoft.storage/storageaccounts" { print $2 }' <<<"$found")
    IFS=$'\t' read -r APP APP_ID PLAN < <(awk -F '\t' -v OFS='\t' 'tolower($1) == "microsoft.web/sites" { print $2, $3, $4 }' <<<"$found") ||
        die "there is no app of rollcall in \`$1\`" "make it with: infra/deploy.sh --group $1"
    [[ -n "$STORAGE" && "$STORAGE" != *$'\n'* ]] || die "\`$1\` holds more than one rollcall, or half of one" \
        "keep one in a group, and run infra/deploy.sh again where something is missing"
    host=$(az resource show --ids "$APP_ID" --query properties.defaultHostName --output tsv) ||
        die "the app \`$APP\` cannot be read" "see what az says above"
    URL="https://$host"
}

digest_of() { sha256sum -- "$1" | cut -d' ' -f1; }

# Puts a zip in the place of what runs.
put_in_place() {
    local group=$1 file=$2
    if [[ "$PLAN" == premium ]]; then
        az storage blob upload --auth-mode login --account-name "$STORAGE" --container-name deployments \
            --name rollcall.zip --file "$file" --overwrite true --output none &&
            az functionapp restart --resource-group "$group" --name "$APP" --output none &&
            az rest --method post --output none \
                --url "$APP_ID/syncfunctiontriggers?api-version=2024-04-01"
    else
        az functionapp deployment source config-zip --resource-group "$group" --name "$APP" --src "$file" --output none
    fi || die "the package was not deployed; what ran before may still run" \
        "look at what az says above, and run this again: it is safe to repeat"
}

# Waits until the app says that it is well: `check_health GROUP SECONDS`. The key goes to curl on its standard input: an
# argument can be read by everybody on the machine.
check_health() {
    local group=$1 seconds=$2 key answer end=$((SECONDS + $2))
    while true; do
        key=$(az functionapp function keys list --resource-group "$group" --name "$APP" --function-name ApiRead \
            --query default --output tsv 2>/dev/null) || key=''
        if [[ -n "$key" ]] &&
            answer=$(printf 'header = "x-functions-key: %s"\n' "$key" |
                curl --silent --show-error --fail --max-time 30 --config - "$URL/api/v1/health" 2>&1); then
            say "the app is well: $answer"
            return 0
        fi
        ((SECONDS < end)) || break
        sleep 5
    done
    say "error: the app did not say within $seconds seconds that it is well: ${answer:-it has no function ApiRead yet}"
    say "its log says why: az monitor app-insights query, or the portal: the app, Log stream"
    return 1
}

# The names of kept packages, the oldest first: TIME-VERSION-DIGEST.zip.
kept() {
    local names
    names=$(az storage blob list --auth-mode login --account-name "$STORAGE" --container-name packages \
        --num-results '*' --query "[?ends_with(name, '.zip')].name" --output tsv) ||
        die "the kept packages of \`$STORAGE\` cannot be listed" \
            "you need Storage Blob Data Contributor on its container \`packages\` (parameter publisherId), and, where it is private, your address in allowedAddresses"
    LC_ALL=C sort <<<"$names"
}

# The name of the package that was put in place last; empty when nobody knows.
running() {
    az storage blob list --auth-mode login --account-name "$STORAGE" --container-name packages --prefix running \
        --include m --query "[?name=='running'].metadata.package | [0]" --output tsv || true
}

# Writes down which package was put in place.
mark_running() {
    local note
    note=$(mktemp)
    printf '%s\n' "$1" >"$note"
    if ! az storage blob upload --auth-mode login --account-name "$STORAGE" --container-name packages --name running \
        --file "$note" --metadata "package=$1" --overwrite true --output none; then
        rm -f -- "$note"
        die "\`$1\` runs, and it was not written down" "run this again: it is safe to repeat"
    fi
    rm -f -- "$note"
}
