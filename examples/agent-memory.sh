#!/usr/bin/env bash
# An agent's memory with nothing but curl: creates a context, appends three items, searches them and reads them back.
#
#   ./devmesh serve --dev &
#   examples/agent-memory.sh [http://127.0.0.1:8080/mcp]
#
#   DEVMESH_API_KEY   the key to send, where the server wants one
set -euo pipefail

url=${1:-http://127.0.0.1:8080/mcp}
key=()
[ -z "${DEVMESH_API_KEY:-}" ] || key=(-H "X-API-Key: $DEVMESH_API_KEY")

call() { # TOOL ARGUMENTS: prints the structured result
  local answer
  answer=$(curl -sS --fail-with-body "$url" "${key[@]}" \
    -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \
    -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/call' -H "Mcp-Name: $1" \
    -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"'"$1"'","arguments":'"$2"',"_meta":{
          "io.modelcontextprotocol/protocolVersion":"2026-07-28",
          "io.modelcontextprotocol/clientCapabilities":{},
          "io.modelcontextprotocol/clientInfo":{"name":"agent-memory","version":"1"}}}}')
  if [[ $answer == *'"isError":true'* || $answer == *'"error":{'* ]]; then
    echo "$1 failed: $answer" >&2
    return 1
  fi
  echo "$answer"
}

created=$(call context_create '{"name":"red build","agent":"bot-7"}')
context=$(grep -o '"id":"ctx_[^"]*"' <<<"$created" | head -n 1 | cut -d'"' -f4)
echo "created $context"

call context_append '{"context":"'"$context"'","items":[
  {"role":"user","content":"main is red since 14:02"},
  {"role":"tool","tool":"log","content":"exit code 1 in module payments"},
  {"role":"assistant","content":"the payments module fails to compile"}]}' >/dev/null
echo "appended 3 items"

found=$(call context_search '{"text":"since when is main red?","context":"'"$context"'","limit":1}')
[[ $found == *'main is red since 14:02'* ]] || { echo "the search missed it: $found" >&2; exit 1; }
echo "found: main is red since 14:02"

read_back=$(call context_get '{"context":"'"$context"'"}')
[[ $read_back == *'"seq":3'* ]] || { echo "an item is missing: $read_back" >&2; exit 1; }
echo "read back 3 items"

call context_delete '{"context":"'"$context"'"}' >/dev/null
echo "deleted $context"
