#!/bin/bash
# Keeps Airbyte running on this machine.
#
#   tapestry-airbyte up       install what is missing, start what is stopped
#   tapestry-airbyte check    report health, disk and age of the backup
#   tapestry-airbyte upgrade  go to the version that the stack names
#
# This file is the same for every pipeline. What differs is read at run time from
# the SSM parameter <path>/airbyte/CONFIG; <path> is the path of the machine's
# own instance profile.
set -euo pipefail
umask 077

root=${TAPESTRY_ROOT:-}
home=$root/opt/airbyte       # abctl's data; the data volume is mounted here where there is one
state=$root/var/lib/tapestry # what was done, to be done again after a change only
run=$root/run/tapestry       # in memory: values with passwords
node=airbyte-abctl-control-plane
export HOME=$home DO_NOT_TRACK=1 AWS_MAX_ATTEMPTS=10

log() { echo "$(date -u +%FT%TZ) $*" >&2; }

metadata() {
  local token
  token=$(curl -fsS -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
  curl -fsS -m 5 -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"
}

load_config() {
  mkdir -p "$home" "$state" "$run"
  AWS_DEFAULT_REGION=$(metadata placement/region)
  export AWS_DEFAULT_REGION
  path=$(metadata iam/info | jq -r .InstanceProfileArn | sed -E 's|^[^/]*(/.*)/[^/]*$|\1|')
  config=$(aws ssm get-parameter --name "$path/airbyte/CONFIG" --query Parameter.Value --output text)
}

get() { jq -r "$1 // empty" <<<"$config"; }

same_as() { [ -e "$1" ] && [ "$(cat "$1")" = "$2" ]; }

digest() { sha256sum | cut -d ' ' -f 1; }

ship_logs() {
  local file=$run/logs.json want
  jq -n --arg group "$(get .logGroup)" '{logs: {logs_collected: {files: {collect_list: [
    {file_path: "/var/log/tapestry-airbyte.log", log_group_name: $group, log_stream_name: "{instance_id}"}]}}}}' >"$file"
  want=$(digest <"$file")
  same_as "$state/logs" "$want" && return
  "$root/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl" -a fetch-config -m ec2 -s -c "file:$file" >/dev/null
  echo "$want" >"$state/logs"
}

# The machine takes the data volume itself: when it is replaced, the volume
# comes free only after the old machine is gone.
mount_volume() {
  local volume device
  volume=$(get .volume)
  [ -n "$volume" ] || return 0
  mountpoint -q "$home" && return 0
  device=$root/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume/-/}
  [ -e "$device" ] || aws ec2 attach-volume --volume-id "$volume" --instance-id "$(metadata instance-id)" --device /dev/sdf >/dev/null
  for _ in $(seq 60); do
    [ -e "$device" ] && break
    sleep 2
  done
  # mkfs refuses a device that has a file system; blkid saves the attempt.
  blkid "$device" >/dev/null || mkfs.xfs -q "$device"
  mount "$device" "$home"
}

# abctl runs as root, so its archive is unpacked only where it is the one that the
# stack names.
install_abctl() {
  local want arch name sum
  want=$(get .abctl)
  sum=$(get .abctlSha256)
  if ! [[ $sum =~ ^[0-9a-f]{64}$ ]]; then
    log "abctl $want is not installed: the stack gives no SHA-256 of its archive (parameter AbctlSha256)"
    return 1
  fi
  same_as "$state/abctl" "$want $sum" && return
  arch=amd64
  [ "$(uname -m)" != aarch64 ] || arch=arm64
  name=abctl-$want-linux-$arch
  log "installing abctl $want"
  curl -fsSL --retry 5 -o "$run/abctl.tar.gz" "https://github.com/airbytehq/abctl/releases/download/$want/$name.tar.gz"
  if ! echo "$sum  $run/abctl.tar.gz" | sha256sum -c - >/dev/null 2>&1; then
    log "abctl $want is not installed: its archive is not the one of SHA-256 $sum"
    rm -f "$run/abctl.tar.gz"
    return 1
  fi
  tar -xzf "$run/abctl.tar.gz" -C "$run"
  install -m 0755 "$run/$name/abctl" "$root/usr/local/bin/abctl"
  rm -rf "$run/abctl.tar.gz" "${run:?}/$name"
  echo "$want $sum" >"$state/abctl"
}

# Values for the chart, as JSON, which is YAML. An external database makes the
# chart use TLS for it.
values() {
  if [ "$(get .data)" = managed ]; then
    aws secretsmanager get-secret-value --secret-id "$(get .database.secret)" --query SecretString --output text >"$run/secret.json"
  else
    echo null >"$run/secret.json"
  fi
  jq -n --argjson config "$config" --slurpfile secret "$run/secret.json" '
    {global: {auth: {enabled: true}}}
    * if $config.url then {global: {airbyteUrl: $config.url}} else {} end
    * if $config.data == "managed" then {
        postgresql: {enabled: false},
        global: {
          database: {type: "external", host: $config.database.host, port: ($config.database.port | tonumber),
            name: $config.database.name, database: $config.database.name,
            user: $secret[0].username, password: $secret[0].password},
          storage: {type: "s3", s3: {region: $config.region, authenticationType: "instanceProfile"},
            bucket: {log: $config.bucket, state: $config.bucket, workloadOutput: $config.bucket,
              activityPayload: $config.bucket, auditLogging: $config.bucket}}}}
      else {} end'
}

# The version that runs: a new machine starts with the one that the old one had.
# Only a parameter that is not there means that none ran yet.
running_version() {
  local out
  if out=$(aws ssm get-parameter --with-decryption --name "$path/airbyte/CREDENTIALS" --query Parameter.Value --output text 2>"$run/error"); then
    jq -r .chart <<<"$out"
  elif ! grep -q ParameterNotFound "$run/error"; then
    cat "$run/error" >&2
    return 1
  fi
}

# Installs or updates Airbyte, only where something differs from the last time.
settle() {
  local chart=$1 want flags=(--no-browser)
  values >"$run/values.json"
  want=$({ cat "$run/values.json"; echo "$chart $(get .abctl)"; } | digest)
  if docker inspect "$node" >/dev/null 2>&1; then
    docker start "$node" >/dev/null
    same_as "$state/settled" "$want" && return
  fi
  [ "$(nproc)" -ge 4 ] || flags+=(--low-resource-mode)
  # The tunnel speaks HTTP to the machine, and so does the load balancer.
  [ -n "$(get .url)" ] || flags+=(--insecure-cookies)
  log "installing Airbyte, chart $chart"
  abctl local install --chart-version "$chart" --values "$run/values.json" "${flags[@]}"
  echo "$want" >"$state/settled"
}

# Puts the API's credentials where the apply job finds them.
publish() {
  local chart=$1 file=$run/credentials.json want
  docker exec "$node" kubectl --kubeconfig /etc/kubernetes/admin.conf -n airbyte-abctl get secret airbyte-auth-secrets -o json |
    jq --arg name "$path/airbyte/CREDENTIALS" --arg key "$(get .key)" --arg chart "$chart" '{
      Name: $name, Type: "SecureString", KeyId: $key, Overwrite: true,
      Value: (.data | map_values(@base64d) | {clientId: ."instance-admin-client-id",
        clientSecret: ."instance-admin-client-secret", password: ."instance-admin-password", chart: $chart} | tojson)}' >"$file"
  want=$(digest <"$file")
  if ! same_as "$state/published" "$want"; then
    log "publishing credentials"
    aws ssm put-parameter --cli-input-json "file://$file" >/dev/null
    echo "$want" >"$state/published"
  fi
}

up() {
  local chart
  ship_logs
  mount_volume
  systemctl start docker
  install_abctl
  chart=$(running_version)
  settle "${chart:-$(get .chart)}"
  publish "${chart:-$(get .chart)}"
}

upgrade() {
  ship_logs
  mount_volume
  install_abctl
  settle "$(get .chart)"
  publish "$(get .chart)"
}

healthy() { curl -fsS -m 20 -o /dev/null http://localhost:8000/api/public/v1/health; }

hours_since() { echo $((($(date +%s) - $(date -d "$1" +%s)) / 3600)); }

# The age of the newest backup; before the first one, how long the machine runs.
backup_age() {
  local newest
  if [ "$(get .data)" = managed ]; then
    newest=$(aws rds describe-db-instances --db-instance-identifier "$(get .database.id)" \
      --query 'DBInstances[0].LatestRestorableTime' --output text)
  else
    newest=$(aws ec2 describe-snapshots --owner-ids self --filters "Name=volume-id,Values=$(get .volume)" Name=status,Values=completed \
      --query 'max_by(Snapshots, &StartTime).StartTime' --output text)
  fi
  case $newest in
    '' | None) awk '{print int($1 / 3600)}' "$root/proc/uptime" ;;
    *) hours_since "$newest" ;;
  esac
}

fullest_disk() { df --output=pcent / "$home" | tr -dc '0-9\n' | sort -n | tail -n 1; }

metric() {
  aws cloudwatch put-metric-data --namespace Tapestry/Airbyte --metric-name "$1" --value "$2" --dimensions "InstanceId=$id"
}

# Half an hour without an answer is worth a restart.
check() {
  local id failures=0 age
  id=$(metadata instance-id)
  if healthy; then
    metric Healthy 1
  else
    metric Healthy 0
    failures=$(($(cat "$state/failures" 2>/dev/null || echo 0) + 1))
  fi
  echo "$failures" >"$state/failures"
  if [ "$failures" -gt 0 ] && [ $((failures % 6)) -eq 0 ]; then
    log "restarting after $failures checks without an answer"
    docker restart "$node" >/dev/null || true
  fi
  metric DiskUsedPercent "$(fullest_disk)"
  age=$(backup_age)
  metric BackupAgeHours "$age"
}

command=${1:-}
case $command in
  up | check | upgrade) ;;
  *)
    echo "usage: tapestry-airbyte up | check | upgrade" >&2
    exit 2
    ;;
esac
mkdir -p "$run"
exec 9>"$run/lock"
flock 9 # one at a time; the others wait
load_config
"$command"
