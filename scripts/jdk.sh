# Sourced by the scripts that start Java. Works with bash 3.2 (macOS) and later.
#
#   newest_java [javac]   sets JAVA_HOME_FOUND and JAVA_MAJOR to the newest Java, 17 or later, that has bin/javac where
#                         asked for; returns 1 when there is none. DEVMESH_JAVA_HOME, when set, is the only candidate.
#   java_flags MAJOR      prints the flags every DevMesh process runs with, one a line

java_major() { # HOME -> 17; nothing where it cannot be told
  local version=
  if [ -r "$1/release" ]; then
    version=$(sed -n 's/^JAVA_VERSION="\{0,1\}\([0-9][0-9.]*\).*/\1/p' "$1/release")
  fi
  if [ -z "$version" ]; then
    version=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([0-9][0-9.]*\).*/\1/p')
  fi
  case $version in
    1.*) version=${version#1.} ;;
  esac
  echo "${version%%.*}"
}

java_candidates() { # homes, one a line
  if [ -n "${DEVMESH_JAVA_HOME:-}" ]; then
    echo "$DEVMESH_JAVA_HOME"
    return
  fi
  [ -z "${JAVA_HOME:-}" ] || echo "$JAVA_HOME"
  local java target
  if java=$(command -v java 2>/dev/null); then
    while [ -L "$java" ]; do
      target=$(readlink "$java")
      case $target in
        /*) java=$target ;;
        *) java=${java%/*}/$target ;;
      esac
    done
    (cd "${java%/*}/.." 2>/dev/null && pwd -P)
  fi
  local home
  for home in /usr/lib/jvm/* "${HOME:-}"/.sdkman/candidates/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ ! -d "$home" ] || echo "$home"
  done
  if [ -x /usr/libexec/java_home ]; then
    /usr/libexec/java_home -v 17+ 2>/dev/null
  fi
  return 0
}

newest_java() {
  JAVA_HOME_FOUND= JAVA_MAJOR=0
  local home major tool=${1:-java}
  while IFS= read -r home; do
    [ -x "$home/bin/java" ] && [ -x "$home/bin/$tool" ] || continue
    major=$(java_major "$home")
    case $major in
      '' | *[!0-9]*) continue ;;
    esac
    if [ "$major" -ge 17 ] && [ "$major" -gt "$JAVA_MAJOR" ]; then
      JAVA_HOME_FOUND=$home JAVA_MAJOR=$major
    fi
  done <<EOF
$(java_candidates)
EOF
  [ -n "$JAVA_HOME_FOUND" ]
}

java_flags() {
  echo -XX:+ExitOnOutOfMemoryError
  # Standard output belongs to the program (MCP over stdio), and the JVM would print its own warnings there.
  echo -XX:+DisplayVMOutputToStderr
  echo -Xlog:disable
  echo -Xlog:all=warning:stderr
  if [ "$1" -ge 24 ]; then
    # Netty loads native transports and uses Unsafe; newer JVMs warn about both.
    echo --enable-native-access=ALL-UNNAMED
    echo --sun-misc-unsafe-memory-access=allow
  fi
}
