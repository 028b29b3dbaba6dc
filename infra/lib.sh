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

# The version that a package says it is: `rollcall.version` in it. Empty for a package from before there was one.
version_in() {
    local version
    version=$(unzip -p "$1" rollcall.version 2>/dev/null | head -n 1) || version=''
    [[ -z "$version" ]] || check_version "$version"
    printf '%s' "$version"
}

check_version() {
    fits "$1" '[0-9A-Za-z][0-9A-Za-z.+-]{0,40}' 'version' 'digits, letters, . + and - make one'
}

# The time in the form that the app says when it started.
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# The value of a text in a line of JSON: `text_of KEY JSON`; empty when there is none.
text_of() { sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p" <<<"$2" | head -n 1; }

# Asks the app how it is: sets BODY and STATUS of the answer. The key goes to curl on its standard input: an argument can be
# read by everybody on the machine.
ask_health() {
    local key
    STATUS=000
    key=$(az functionapp function keys list --resource-group "$1" --name "$APP" --function-name ApiRead \
        --query default --output tsv 2>/dev/null) || key=''
    if [[ -z "$key" ]]; then
        BODY='it has no function ApiRead yet'
    elif BODY=$(printf 'header = "x-functions-key: %s"\n' "$key" |
        curl --silent --show-error --max-time 30 --write-out '\n%{http_code}' --config - "$URL/api/v1/health" 2>&1); then
        STATUS=${BODY##*$'\n'}
        BODY=${BODY%$'\n'*}
    else
        BODY=${BODY//$'\n'000/}
    fi
}

# Waits until the app is well: `check_health GROUP SECONDS VERSION SINCE`. Well is who answers twice in a row as this version,
# from a process that did not start before SINCE: what ran before answers until it is gone, and may be of the same version.
# A version that does not say when it started is taken at its word. Gives 2 while the app waits until what is stored
# is ready, as it does for runs under way before it brings that forward.
check_health() {
    local group=$1 seconds=$2 version=$3 since=$4 end=$((SECONDS + $2))
    local in_a_row=0 waits=no why there started LC_ALL=C
    while true; do
        ask_health "$group"
        there=$(text_of version "$BODY")
        started=$(text_of started "$BODY")
        if [[ "$STATUS" == 000 ]]; then
            in_a_row=0
            why=$BODY
        elif [[ "$STATUS" != 200 ]]; then
            in_a_row=0
            why="it answers with $STATUS: ${BODY:0:500}"
        elif [[ "$there" != "$version" ]]; then
            in_a_row=0
            why="the version ${there:-(it says none)} answers"
        elif [[ -n "$started" && "$started" < "$since" ]]; then
            in_a_row=0
            why="a process answers that started at $started, before the package was put in place at $since: the one before, or the clock of this machine is ahead"
        else
            in_a_row=$((in_a_row + 1))
        fi
        if ((in_a_row == 2)); then
            say "the app is well: $BODY"
            return 0
        fi
        if [[ "$STATUS" != 200 && $(text_of type "$BODY") == urn:rollcall:upgrading ]]; then
            [[ $waits == yes ]] || say "the app is not ready yet: $(text_of detail "$BODY")"
            waits=yes
        else
            waits=no
        fi
        # Whoever was well once is asked once more, however late it is.
        ((in_a_row > 0 || SECONDS < end)) || break
        sleep 5
    done
    if [[ $waits == yes ]]; then return 2; fi
    say "error: the app did not say within $seconds seconds that it is well as version $version: $why"
    say "its log says why: az monitor app-insights query, or the portal: the app, Log stream"
    return 1
}

# The names of kept packages, the oldest first: TIME-VERSION-DIGEST.zip. `kept SECONDS` tries so long where the storage
# account says that the role is missing.
kept() {
    local names problem tries=$(($1 / 15))
    problem=$(mktemp)
    until names=$(az storage blob list --auth-mode login --account-name "$STORAGE" --container-name packages \
        --num-results '*' --query "[?ends_with(name, '.zip')].name" --output tsv 2>"$problem"); do
        if ((tries == 0)) || ! grep -Eq 'required permissions|AuthorizationPermissionMismatch' "$problem"; then
            cat -- "$problem" >&2
            rm -f -- "$problem"
            die "the kept packages of \`$STORAGE\` cannot be listed" \
                "you need Storage Blob Data Contributor on its container \`packages\` (parameter publisherId), and, where it is private, your address in allowedAddresses"
        fi
        if ((tries == $1 / 15)); then
            say "the storage account \`$STORAGE\` does not let you in; a role that was just given takes some minutes: trying for $1 seconds"
        fi
        tries=$((tries - 1))
        sleep 15
    done
    rm -f -- "$problem"
    LC_ALL=C sort <<<"$names"
}

# What was put in place last, as it was written down: sets PACKAGE, or DEPLOYING where nobody wrote down how that ended, and
# PREVIOUS, which ran before. Each is empty when nobody knows.
look_at_marker() {
    local found one
    found=$(az storage blob list --auth-mode login --account-name "$STORAGE" --container-name packages --prefix running \
        --include m --query "[?name=='running'].[metadata.package, metadata.deploying, metadata.previous]" --output tsv) ||
        die "which package runs cannot be read" "look at what az says above, and run this again"
    IFS=$'\t' read -r PACKAGE DEPLOYING PREVIOUS <<<"$found" || true
    for one in PACKAGE DEPLOYING PREVIOUS; do [[ "${!one}" != None ]] || printf -v "$one" '%s' ''; done
}

# Writes down what is being put in place, or was: `mark NAME=VALUE...`.
mark() {
    local note code=0
    note=$(mktemp)
    printf '%s\n' "$@" >"$note"
    az storage blob upload --auth-mode login --account-name "$STORAGE" --container-name packages --name running \
        --file "$note" --metadata "$@" --overwrite true --output none || code=1
    rm -f -- "$note"
    return "$code"
}

# Puts a kept package in place, and writes that down: `replace GROUP FILE NAME PREVIOUS LATER`. Before, because what runs is
# not known when this is cut short: `PREVIOUS` is where going back leads then, and `LATER` when all went well; both may be
# empty. Sets SINCE.
replace() {
    local group=$1 file=$2 name=$3 previous=$4 later=$5
    mark "deploying=$name" ${previous:+"previous=$previous"} ||
        die "what is to be deployed was not written down, and nothing was deployed" "look at what az says above, and run this again"
    SINCE=$(now)
    put_in_place "$group" "$file"
    mark "package=$name" ${later:+"previous=$later"} ||
        say "\`$name\` is in place, and that was not written down: --list shows it with \`?\`"
}
