// A network of their own for servers and browsers under test: ICE needs an interface that is not loopback, and
// ports are free there. It comes with its own process list, so that nothing outlives the command.
// Only root on Linux can have it; elsewhere the command runs as it is.

/** The command and arguments that run `command` in a fresh namespace. */
export function isolated(command, args) {
  if (!canIsolate()) return [command, args];
  const unshare = ["--net", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc"];
  return ["unshare", [...unshare, "sh", "-c", network, "sh", command, ...args]];
}

/** Whether this process is in such a namespace, and may make more of them. */
export function isIsolated() {
  return process.env[MARK] === "1" && canIsolate();
}

function canIsolate() {
  return process.platform === "linux" && process.getuid() === 0;
}

const MARK = "REJOIN_ISOLATED";
const network = [
  "set -e",
  `export ${MARK}=1`,
  "ip link set lo up",
  "ip link add v0 type veth peer name v1",
  "ip link set v0 up",
  "ip link set v1 up",
  "ip addr add 10.99.0.1/24 dev v0",
  "ip route add default via 10.99.0.254 dev v0",
  // An address that comes later is a change of the network, on which Chromium gives up what it is loading.
  "for wait in $(seq 50); do ip -6 addr show tentative | grep -q inet6 || break; sleep 0.1; done",
  'exec "$@"',
].join("\n");
