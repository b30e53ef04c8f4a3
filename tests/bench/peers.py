# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tools that weir is compared with: how each does the jobs, as shell lines; {f} is the file that it reads."""
import shutil
import subprocess

PROJECT = "{ip: .remote_addr, path, status, ms: (.request_time * 1000)}"
JQ_GROUP = ("reduce inputs as $r ({}; .[$r.geo.country] |= {n: (.n + 1), b: (.b + $r.bytes), t: (.t + $r.request_time)})"
            " | to_entries[] | {c: .key, n: .value.n, b: .value.b, m: (.value.t / .value.n)}")

PYTHON = """
import re, sys, datetime
try:
    from orjson import loads, dumps
except ImportError:
    import json
    loads, dumps = json.loads, lambda r: json.dumps(r, separators=(",", ":")).encode()
job, out, groups = sys.argv[2], sys.stdout.buffer, {}
project = lambda r: {"ip": r["remote_addr"], "path": r["path"], "status": r["status"], "ms": r["request_time"] * 1000}
log = re.compile(rb'(\\S+) (\\S+) (\\S+) \\[([^]]+)\\] "(\\S+) (\\S+) ([^"]+)" (\\d+) (\\d+|-) "([^"]*)" "([^"]*)"')
names = "remote_addr ident user time method path protocol status bytes referer user_agent".split()
def parse(line):
    r = dict(zip(names, (text.decode() for text in log.match(line).groups())))
    r["time"] = datetime.datetime.strptime(r["time"], "%d/%b/%Y:%H:%M:%S %z").isoformat()
    r["status"], r["bytes"] = int(r["status"]), int(r["bytes"].replace("-", "0"))
    return r
for line in open(sys.argv[1], "rb"):
    if job == "j6":
        r = log.match(line)
        if int(r[8]) >= 500: out.write(dumps(parse(line)) + b"\\n")
        continue
    r = loads(line)
    if job == "j1": out.write(dumps(r) + b"\\n")
    elif job == "j2" and r["status"] >= 500: out.write(line)
    elif job == "j3" or job == "j4" and r["status"] >= 500: out.write(dumps(project(r)) + b"\\n")
    elif job == "j5":
        g = groups.setdefault(r["geo"]["country"], [0, 0, 0.0])
        g[0] += 1; g[1] += r["bytes"]; g[2] += r["request_time"]
for c, (n, b, t) in groups.items(): out.write(dumps({"c": c, "n": n, "b": b, "m": t / n}) + b"\\n")
"""

NODE = """
const [file, job] = process.argv.slice(1), fs = require("fs"), groups = new Map();
const project = r => ({ip: r.remote_addr, path: r.path, status: r.status, ms: r.request_time * 1000});
let rest = "", out = [];
const flush = () => { if (out.length) { fs.writeSync(1, out.join("\\n") + "\\n"); out = []; } };
const log = /^(\\S+) (\\S+) (\\S+) \\[([^\\]]+)\\] "(\\S+) (\\S+) ([^"]+)" (\\d+) (\\d+|-) "([^"]*)" "([^"]*)"/;
const parse = line => {
  const m = log.exec(line), t = m[4];
  return {remote_addr: m[1], ident: m[2], user: m[3],
          time: new Date(t.slice(0, 11).replace(/\\//g, " ") + " " + t.slice(12, 20) + " " + t.slice(21)).toISOString(),
          method: m[5], path: m[6], protocol: m[7], status: +m[8], bytes: +m[9] || 0, referer: m[10], user_agent: m[11]};
};
const work = line => {
  if (job == "j6") { const m = log.exec(line); if (+m[8] >= 500) out.push(JSON.stringify(parse(line))); return; }
  const r = JSON.parse(line);
  if (job == "j1") out.push(JSON.stringify(r));
  else if (job == "j2") { if (r.status >= 500) out.push(line); }
  else if (job == "j3" || job == "j4") { if (job == "j3" || r.status >= 500) out.push(JSON.stringify(project(r))); }
  else {
    let g = groups.get(r.geo.country);
    if (!g) groups.set(r.geo.country, g = {n: 0, b: 0, t: 0});
    g.n++; g.b += r.bytes; g.t += r.request_time;
  }
};
fs.createReadStream(file, {highWaterMark: 1 << 20, encoding: "utf8"}).on("data", text => {
  const lines = (rest + text).split("\\n");
  rest = lines.pop();
  for (const line of lines) if (line) work(line);
  flush();
}).on("end", () => {
  if (rest) work(rest);
  for (const [c, g] of groups) out.push(JSON.stringify({c, n: g.n, b: g.b, m: g.t / g.n}));
  flush();
});
"""

AWK_GROUP = ('{match($0, /"country":"[^"]*"/); c = substr($0, RSTART + 11, RLENGTH - 12); '
             'match($0, /"bytes":[0-9]+/); b[c] += substr($0, RSTART + 8, RLENGTH - 8); '
             'match($0, /"request_time":[0-9.]+/); t[c] += substr($0, RSTART + 15, RLENGTH - 15); n[c]++} '
             'END {for (c in n) print c, n[c], b[c], t[c] / n[c]}')

AWK_LOG = (r'$9 + 0 >= 500 {split($0, q, "\""); split(substr($4, 2), t, /[\/:]/); m = (index("JanFebMarAprMayJunJulAugSepOctNovDec", t[2]) + 2) / 3; '
           r'printf "{\"remote_addr\":\"%s\",\"ident\":null,\"user\":null,\"time\":\"%s-%02d-%sT%s:%s:%sZ\",\"method\":\"%s\",\"path\":\"%s\",'
           r'\"protocol\":\"%s\",\"status\":%d,\"bytes\":%d,\"referer\":\"%s\",\"user_agent\":\"%s\"}\n", $1, t[3], m, t[1], t[4], t[5], t[6], '
           r'substr($6, 2), $7, substr($8, 1, length($8) - 1), $9, $10, q[4], q[6]}')

VECTOR = {
    "j1": "",
    "j2": "[transforms.a]\ntype = 'filter'\ninputs = ['in']\ncondition = '(to_int(.status) ?? 0) >= 500'\n",
    "j3": "[transforms.a]\ntype = 'remap'\ninputs = ['in']\nsource = '. = {\"ip\": .remote_addr, \"path\": .path, \"status\": .status, "
          "\"ms\": (to_float(.request_time) ?? 0.0) * 1000}'\n",
}
SYSLOG_NG = {"j1": "", "j2": 'filter { "${.j.status}" >= "500" };'}


def quote(text):
    return "'" + text.replace("'", "'\\''") + "'"


def jq_lines(program):
    lines = {"j1": ".", "j2": "select(.status >= 500)", "j3": PROJECT, "j4": f"select(.status >= 500) | {PROJECT}"}
    return {**{job: f"{program} -c {quote(text)} {{f}}" for job, text in lines.items()},
            "j5": f"{program} -nc {quote(JQ_GROUP)} {{f}}"}


def mlr_lines():
    record = '{"ip": $remote_addr, "path": $path, "status": $status, "ms": $request_time * 1000}'
    verbs = {"j1": "cat", "j2": "filter '$status >= 500'", "j3": f"put -q 'emit {record}'",
             "j4": f"put -q 'if ($status >= 500) {{emit {record}}}'",
             "j5": "flatten then stats1 -a count,sum,mean -f bytes,request_time -g geo.country"}
    return {job: f"mlr --ijsonl --ojsonl {verb} {{f}}" for job, verb in verbs.items()}


def vector_lines():
    lines = {}
    for job, transform in VECTOR.items():
        text = ("data_dir = '/tmp'\n[sources.in]\ntype = 'stdin'\ndecoding.codec = 'json'\n" + transform + "[sinks.out]\ntype = 'console'\n"
                f"inputs = ['{'a' if transform else 'in'}']\nencoding.codec = 'json'\n")
        lines[job] = f"printf %s {quote(text)} >{{d}}/vector-{job}.toml && vector -qq -c {{d}}/vector-{job}.toml <{{f}}"
    return lines


def syslog_ng_lines():
    lines = {}
    for job, condition in SYSLOG_NG.items():
        text = ('@version: current\nlog { source { stdin(flags(no-parse) log-msg-size(65536)); }; parser { json-parser(prefix(".j.")); }; '
                + condition + ' destination { file("/dev/stdout" template("$MSG\\n")); }; };\n')
        files = "-f {d}/syslog-ng.conf -R {d}/persist -p {d}/pid -c {d}/control"
        lines[job] = f"printf %s {quote(text)} >{{d}}/syslog-ng.conf && syslog-ng -F --no-caps {files} <{{f}}"
    return lines


SLOW = ("jq", "gojq", "mlr")  # and quick to start: few records do them no wrong
FLUENT_BIT = {"j1": "fluent-bit -q -i stdin -o stdout -p format=json_lines <{f}"}


class Tool:
    """A program that does jobs. A slow one reads only the first records of the input."""

    def __init__(self, name, program, lines, version=("--version",), slow=False):
        self.name, self.program, self.lines, self.slow = name, program, lines, slow
        self.version = self.ask(version) if version else ""

    def ask(self, arguments):
        try:
            done = subprocess.run([self.program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20)
        except (OSError, subprocess.TimeoutExpired):
            return ""
        lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
        return lines[0][:60] if lines else ""


def floor(path):
    lines = {job: f"{quote(path)} {'relay' if job == 'j1' else job} <{{f}}" for job in ("j1", "j2", "j3", "j4", "j5")}
    return Tool("floor", path, lines, version=None)


def installed():
    """The tools that are found on PATH."""
    python = {job: f"python3 -c {quote(PYTHON)} {{f}} {job}" for job in ("j1", "j2", "j3", "j4", "j5", "j6")}
    node = {job: f"node -e {quote(NODE)} {{f}} {job}" for job in ("j1", "j2", "j3", "j4", "j5", "j6")}
    awk = {"j1": "mawk 1 {f}", "j2": "mawk -F'\"status\":' '$2 + 0 >= 500' {f}", "j5": f"mawk {quote(AWK_GROUP)} {{f}}",
           "j6": f"mawk {quote(AWK_LOG)} {{f}}"}
    orjson = "import platform, orjson; print('python3', platform.python_version(), 'orjson', orjson.__version__)"
    rows = [("jq", jq_lines("jq"), ["--version"]), ("gojq", jq_lines("gojq"), ["--version"]), ("mlr", mlr_lines(), ["--version"]),
            ("mawk", awk, ["-Wversion"]), ("python3", python, ["-c", orjson]), ("node", node, ["--version"]),
            ("fluent-bit", FLUENT_BIT, ["--version"]), ("syslog-ng", syslog_ng_lines(), ["--version"]), ("vector", vector_lines(), ["--version"])]
    tools = [Tool(name, name, lines, version, name in SLOW) for name, lines, version in rows if shutil.which(name)]
    for tool in tools:
        tool.version = tool.version if "Error" not in tool.version and "Traceback" not in tool.version else tool.ask(["--version"])
    return tools
