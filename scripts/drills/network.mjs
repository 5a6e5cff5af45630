// Two hosts and a third for the servers, each a network namespace, joined by this process's own namespace as their router.
// What is dropped there is lost in silence, as in a real network: a host that cannot send would know at once.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { isIsolated } from "../lib/namespace.mjs";
import { find } from "../lib/tools.mjs";

const exec = promisify(execFile);

/** Why there can be no such network here; undefined where there can. */
export function noNetwork() {
  if (!isIsolated()) return "needs root on Linux, for network namespaces";
  const missing = ["ip", "nft", "nsenter"].filter((name) => !find(name));
  return missing.length > 0 ? `${missing.join(", ")} is missing` : undefined;
}

/**
 * Makes the network; gone with `t`.
 *
 * @param {{ after: (end: () => unknown) => void }} t
 */
export async function makeNetwork(t) {
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
  await firewall("add table inet drills; add chain inet drills forward { type filter hook forward priority 0; policy accept; }");
  const [left, right, servers] = await Promise.all(["left", "right", "servers"].map((name, index) => Host.make(t, name, index + 1)));
  t.after(() => firewall("delete table inet drills"));
  const rules = (list) => firewall(list.map((rule) => `add rule inet drills forward ${rule}`).join("; "));
  return {
    left,
    right,
    servers,
    /** Nothing passes between left and right; both reach the servers. */
    cutLink: () =>
      rules([
        `ip saddr ${left.address} ip daddr ${right.address} drop`,
        `ip saddr ${right.address} ip daddr ${left.address} drop`,
      ]),
    /** Nothing passes at all. */
    cutAll: () => rules(["drop"]),
    /** Every connection to this TCP port is reset, and refused from then on. */
    refuse: (port) => rules([`tcp dport ${port} reject with tcp reset`, `tcp sport ${port} reject with tcp reset`]),
    /** As at the beginning. */
    repair: () => firewall("flush chain inet drills forward"),
  };
}

/** A network namespace with one interface. */
class Host {
  #holder;

  static async make(t, name, number) {
    const host = new Host();
    host.name = name;
    host.address = `10.98.${number}.1`;
    const holder = spawn("unshare", ["--net", "sh", "-c", "echo made; exec sleep infinity"], { stdio: ["ignore", "pipe", "inherit"] });
    t.after(() => holder.kill("SIGKILL"));
    host.#holder = holder.pid;
    await once(holder.stdout, "data");
    const gateway = `10.98.${number}.254`;
    await exec("ip", ["link", "add", name, "type", "veth", "peer", "name", `of-${name}`]);
    // With its namespace it would go too, but some time later, when there may be another of that name.
    t.after(() => exec("ip", ["link", "delete", name]));
    await exec("ip", ["link", "set", `of-${name}`, "netns", String(holder.pid)]);
    await exec("ip", ["addr", "add", `${gateway}/24`, "dev", name]);
    await exec("ip", ["link", "set", name, "up"]);
    const inside = [
      "ip link set lo up",
      `ip addr add ${host.address}/24 dev of-${name}`,
      `ip link set of-${name} up`,
      `ip route add default via ${gateway}`,
    ];
    await exec(...host.inside("sh", ["-c", inside.join(" && ")]));
    return host;
  }

  /** The command and arguments that run `command` on this host, under the same process id. */
  inside(command, args) {
    return ["nsenter", [`--net=/proc/${this.#holder}/ns/net`, command, ...args]];
  }
}

/** All of it takes effect at once. */
function firewall(commands) {
  return exec("nft", [commands]);
}
