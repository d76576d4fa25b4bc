# shellcheck shell=bash
# What the scripts share: messages, the JDK and Maven, our jars, Hadoop's class path. Sourced.

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
hadoop_version=${HADOOP_VERSION:-3.4.2}
project_version=$(sed -n 's|^ *<version>\(.*\)</version>.*|\1|p' "$project/pom.xml" | head -1)
thin_jar=$project/yarn-gpu-scheduler/target/yarn-gpu-scheduler-$project_version.jar
tools_jar=$project/yarn-gpu-scheduler/target/yarn-gpu-scheduler-$project_version-tools.jar
hadoop_lib=$project/yarn-gpu-scheduler/target/hadoop-lib-$hadoop_version
script=$(basename "$0")

say() { printf '[%3d s] %s\n' "$SECONDS" "$*"; }

# Ends the script. Exit code 2 is wrong usage or a missing tool, 1 anything else.
fail() {
  printf '%s: %s\n' "$script" "$*" >&2
  exit 1
}

refuse() {
  printf '%s: %s\n' "$script" "$*" >&2
  exit 2
}

# Prints the comment at the top of the calling script.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }

# Prints the home of a JDK 17, if there is one.
jdk_home() {
  local home
  for home in "${JAVA_HOME:-}" \
    "$(readlink -f "$(command -v javac || true)" | sed 's|/bin/javac$||')" /usr/lib/jvm/*17*; do
    case $("$home/bin/javac" -version 2>&1 || true) in
      "javac 17"*) echo "$home" && return ;;
    esac
  done
  return 1
}

# Installs Debian packages, or says how.
install_packages() {
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    refuse "$* is missing. Maybe run: sudo apt-get install $*"
  fi
  say "installing $*"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null ||
    refuse "apt-get could not install $*. Maybe install it by hand."
}

# Leaves JAVA_HOME at a JDK 17.
need_jdk() {
  jdk_home >/dev/null || install_packages openjdk-17-jdk-headless
  JAVA_HOME=$(jdk_home) || refuse "no JDK 17 was found. Maybe set JAVA_HOME to one."
  export JAVA_HOME
}

need_tools() {
  need_jdk
  command -v mvn >/dev/null || install_packages maven
}

# Prints errors and warnings of Maven, if it fails; under -q it would keep the warnings that failed it.
quiet_mvn() {
  local output
  output=$(mvn -B "$@" 2>&1) || {
    grep -m 40 -E '^\[(ERROR|WARNING)\]' <<<"$output" >&2
    return 1
  }
}

# Leaves both jars newer than their sources.
need_jars() {
  local newer
  if [[ -e $tools_jar && -e $thin_jar ]]; then
    newer=$(find "$project/pom.xml" "$project/yarn-gpu-scheduler/pom.xml" \
      "$project/yarn-gpu-scheduler/src/main" -newer "$tools_jar" -print -quit)
    [[ -n $newer ]] || return 0
  fi
  say "building the jars"
  quiet_mvn -Dquick -Dmaven.test.skip=true -f "$project/pom.xml" package ||
    fail "the build failed; its errors stand above."
}

# Leaves the jars of a Hadoop cluster in $hadoop_lib.
need_hadoop() {
  local pom=$project/scripts/hadoop-lib/pom.xml
  if [[ $hadoop_lib -nt $pom ]]; then return; fi
  say "copying the jars of Hadoop $hadoop_version"
  rm -rf "$hadoop_lib" "$hadoop_lib.part"
  quiet_mvn -f "$pom" -Dhadoop.version="$hadoop_version" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$hadoop_lib.part" ||
    fail "Hadoop $hadoop_version could not be copied. Maybe HADOOP_VERSION is not a release."
  mv "$hadoop_lib.part" "$hadoop_lib"
}

# Prints the body of an HTTP answer: http_get <host> <port> <path>.
http_get() {
  # shellcheck disable=SC2016
  timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1" &&
    printf "GET %s HTTP/1.0\r\nAccept: application/json\r\n\r\n" "$2" >&3 &&
    sed "1,/^\r*$/d" <&3' "$@" 2>/dev/null
}
