# For work without make: `. tools/env.sh`, then forge, anvil, brownie, pytest and wellhead are those of this project.
wellhead_root=$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")/.." && pwd)
export PATH="$wellhead_root/.venv/bin:$wellhead_root/node_modules/.bin:$PATH"
export SOLCX_BINARY_PATH="$wellhead_root/build/solc" # where py-solc-x, and so brownie, finds tools/solc
unset wellhead_root
