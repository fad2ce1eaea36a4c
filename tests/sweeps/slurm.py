"""A real SLURM of one node, on this machine's loopback, started and stopped by the tests.

Wants root and Debian's slurm-wlm and munge; nothing of the system's configuration is read or
changed: every file lies in one folder, and every daemon is ended by its own process.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
COMMANDS = ("sbatch", "sinfo", "squeue", "scancel")

CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
MpiDefault=none
SlurmdParameters=config_overrides
KillWait=2
MinJobAge=300
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str | None:
    """Return why SLURM cannot run here, or None."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "SLURM's daemons can only be started by root"
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    absent = [name for name in (*DAEMONS, *COMMANDS) if shutil.which(name, path=path) is None]
    if absent:
        return f"{', '.join(absent)} missing: apt-get install slurm-wlm munge (Debian)"
    return None


def free_ports(n: int) -> list[int]:
    """Return ports of loopback that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(n)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Slurm:
    """The daemons, as a context manager; `environment` is what its commands need."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.conf = folder / "slurm.conf"
        self.environment = {
            **os.environ,
            "SLURM_CONF": str(self.conf),
            "PATH": os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"]),
        }
        self._daemons: list[subprocess.Popen] = []

    def __enter__(self) -> Slurm:
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        host = socket.gethostname().split(".")[0]
        self.conf.write_text(
            CONF.format(
                host=host,
                ports=free_ports(2),
                folder=self.folder,
                cpus=os.cpu_count(),
                memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 21,
            )
        )
        (self.folder / "cgroup.conf").write_text(f"CgroupPlugin={self._cgroups()}\n")
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        at = {name: self.folder / f"munge.{name}" for name in ("socket", "pid", "seed", "log")}
        try:
            self._start(
                "munged", "--foreground", "--force", f"--key-file={key}",
                f"--socket={at['socket']}", f"--pid-file={at['pid']}", f"--seed-file={at['seed']}",
                f"--log-file={at['log']}", "--num-threads=2",
            )  # fmt: skip
            self._until(lambda: at["socket"].exists(), "munged listens")
            self._start("slurmctld", "-D", "-c", "-f", str(self.conf))
            self._start("slurmd", "-D", "-c", "-f", str(self.conf), "-N", host)
            self._until(lambda: "idle" in self.said("sinfo", "-h", "-o", "%T"), "sinfo says idle")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(subprocess.SubprocessError):
            self.said("scancel", "--user=root")
            self._until(lambda: not self.said("squeue", "-h"), "the jobs have ended")
        for daemon in reversed(self._daemons):
            daemon.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(timeout=10)
            if daemon.poll() is None:
                daemon.kill()
                daemon.wait()

    def _cgroups(self) -> str:
        """Return the plugin that asks nothing of a container, where groups cannot be made."""
        version = self.said("slurmd", "-V").split()[-1].split(".")
        return "disabled" if (int(version[0]), int(version[1])) >= (23, 11) else "cgroup/v1"

    def said(self, *words: str) -> str:
        """Run a command of SLURM and return what it said."""
        done = subprocess.run(
            words, env=self.environment, capture_output=True, text=True, timeout=30
        )
        return done.stdout

    def wait(self, job: str, timeout: float = 240.0) -> None:
        """Wait until a job, or every task of an array, has ended."""
        ended = f"job {job} has ended"
        self._until(lambda: not self.said("squeue", "-h", "-j", job).strip(), ended, timeout)

    def _start(self, *words: str) -> None:
        with (self.folder / f"{words[0]}.out").open("wb") as log:
            files = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            self._daemons.append(subprocess.Popen(words, env=self.environment, **files))

    def _until(self, what, said: str, timeout: float = 60.0) -> None:
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if what():
                return
            for daemon in self._daemons:
                if daemon.poll() is not None:
                    raise RuntimeError(f"{daemon.args[0]} ended with {daemon.returncode}: "
                                       f"{self.logs()}")  # fmt: skip
            time.sleep(0.2)
        raise RuntimeError(f"waited {timeout:g} s in vain until {said}: {self.logs()}")

    def logs(self) -> str:
        """Return the ends of all logs."""
        files = [*self.folder.glob("*.out"), *self.folder.glob("*.log")]
        return "".join(f"\n--- {f.name}\n{f.read_text(errors='replace')[-1500:]}" for f in files)
