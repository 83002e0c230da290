#!/usr/bin/env bash
# A session with nothing but curl: begins it, subscribes to a resource, hears that it changed, and ends it.
#
#   ./devmesh serve --dev &
#   examples/session.sh [http://127.0.0.1:8080/mcp]
#
#   DEVMESH_API_KEY   the key to send, where the server wants one
set -euo pipefail

url=${1:-http://127.0.0.1:8080/mcp}
revision=2025-11-25
key=()
[ -z "${DEVMESH_API_KEY:-}" ] || key=(-H "X-API-Key: $DEVMESH_API_KEY")
work=$(mktemp -d)
listener=
trap '[ -z "$listener" ] || kill "$listener" 2>/dev/null || true; rm -rf -- "$work"' EXIT

fail() {
  echo "$*" >&2
  exit 1
}
post() { # BODY [CURL ARGUMENTS ...]
  local body=$1
  shift
  curl -sS --fail-with-body "$url" "${key[@]}" -H 'Content-Type: application/json' \
    -H 'Accept: application/json, text/event-stream' "$@" -d "$body"
}
in_session() { # METHOD PARAMS: prints the answer
  local answer
  answer=$(post '{"jsonrpc":"2.0","id":1,"method":"'"$1"'","params":'"$2"'}' "${session[@]}")
  [[ $answer != *'"isError":true'* && $answer != *'"error":{'* ]] || fail "$1 failed: $answer"
  echo "$answer"
}

agreed=$(post '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"'"$revision"'",
  "capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}' -D "$work/headers")
[[ $agreed == *'"protocolVersion":"'"$revision"'"'* ]] || fail "no agreement: $agreed"
id=$(tr -d '\r' <"$work/headers" | sed -n 's/^[Mm][Cc][Pp]-[Ss]ession-[Ii]d: //p')
session=(-H "Mcp-Session-Id: $id" -H "MCP-Protocol-Version: $revision")
post '{"jsonrpc":"2.0","method":"notifications/initialized"}' "${session[@]}"
echo "began a session in $revision"

created=$(in_session tools/call '{"name":"context_create","arguments":{"name":"red build"}}')
context=$(grep -o 'ctx_[A-Za-z0-9]*' <<<"$created" | head -n 1)
curl -sSN "$url" "${key[@]}" "${session[@]}" -H 'Accept: text/event-stream' >"$work/events" &
listener=$!
in_session resources/subscribe '{"uri":"devmesh://contexts/'"$context"'"}' >/dev/null
echo "listens, and subscribed to devmesh://contexts/$context"

for _ in $(seq 50); do # the stream may open after the change, and who does not listen yet hears nothing
  in_session tools/call '{"name":"context_append","arguments":{"context":"'"$context"'",
    "items":[{"role":"user","content":"main is red"}]}}' >/dev/null
  sleep 0.2
  ! grep -q notifications/resources/updated "$work/events" || break
done
grep -q '"method":"notifications/resources/updated"' "$work/events" || fail "heard nothing of the change"
echo "heard: $(grep -o '{"uri":[^}]*}' "$work/events" | head -n 1)"

in_session tools/call '{"name":"context_delete","arguments":{"context":"'"$context"'"}}' >/dev/null
curl -sS --fail-with-body -X DELETE "$url" "${key[@]}" "${session[@]}"
late=$(post '{"jsonrpc":"2.0","id":2,"method":"ping"}' "${session[@]}" -o /dev/null -w '%{http_code}' 2>/dev/null) || true
[ "$late" = 404 ] || fail "the session is over, and yet a request was answered with $late"
echo "ended the session: it is answered with 404 now"
