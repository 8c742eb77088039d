//! A disk whose power can be cut: ext4 in a file, shut down as a power cut leaves it (`EXT4_IOC_SHUTDOWN` without
//! flushing its log): what was not synced is gone. LEDGER.md 5.4. Needs root, loop devices, `mkfs.ext4` and `python3`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// The ioctl is the one thing that safe Rust cannot say. Waits for a line, so that the cut comes at once.
const FUSE: &str = "
import fcntl, os, struct, sys
top = os.open(sys.argv[1], os.O_RDONLY)
sys.stdin.readline()
fcntl.ioctl(top, 0x8004587D, struct.pack('I', 2))
";

/// Says why there is no power to cut on this machine.
pub(crate) fn missing() -> Option<String> {
    let disk = Disk::make(8);
    let tried = disk.and_then(|mut disk| {
        disk.mount()?;
        std::fs::write(disk.path().join("probe"), b"probe").map_err(|error| error.to_string())?;
        disk.fuse()?.cut()?;
        disk.unmount()?;
        disk.mount()?;
        match disk.path().join("probe").exists() {
            true => Err("what was not synced survived the cut".to_owned()),
            false => Ok(()),
        }
    });
    tried.err()
}

/// An ext4 file system in a file, unmounted when dropped.
pub(crate) struct Disk {
    dir: TempDir,
    mounted: bool,
}

/// What cuts the power.
pub(crate) struct Fuse(Child);

impl Disk {
    pub(crate) fn make(megabytes: u64) -> Result<Self, String> {
        let dir = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).map_err(|error| error.to_string())?;
        let disk = Self { dir, mounted: false };
        let image = std::fs::File::create(disk.image()).map_err(|error| error.to_string())?;
        image.set_len(megabytes << 20).map_err(|error| error.to_string())?;
        std::fs::create_dir(disk.path()).map_err(|error| error.to_string())?;
        run("mkfs.ext4", &["-q".as_ref(), "-F".as_ref(), disk.image().as_os_str()])?;
        Ok(disk)
    }

    fn image(&self) -> PathBuf {
        self.dir.path().join("image")
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("disk")
    }

    /// As at power-on: the file system replays its own log. From then on it does nothing unasked: it neither commits
    /// that log every five seconds nor flushes a file because it is renamed, so that what survives was synced.
    pub(crate) fn mount(&mut self) -> Result<(), String> {
        let options = "loop,commit=600,noauto_da_alloc";
        let mut left = 3;
        loop {
            run("mount", &["-o".as_ref(), options.as_ref(), self.image().as_os_str(), self.path().as_os_str()])?;
            self.mounted = true;
            // Whoever was started meanwhile in a mount namespace of its own holds on to what was unmounted here, and
            // the system mounts that once more: dead. A copy of the disk is another disk.
            let alive = self.path().join("alive");
            let tried = std::fs::write(&alive, b"").and_then(|()| std::fs::remove_file(&alive));
            let Err(error) = tried else { return Ok(()) };
            left -= 1;
            if left == 0 {
                return Err(format!("mounted, and dead: {error}"));
            }
            self.unmount()?;
            let copy = self.image().with_extension("copy");
            run("cp", &["--sparse=always".as_ref(), self.image().as_os_str(), copy.as_os_str()])?;
            std::fs::rename(&copy, self.image()).map_err(|error| error.to_string())?;
        }
    }

    pub(crate) fn unmount(&mut self) -> Result<(), String> {
        let mut left = 100;
        while let Err(error) = run("umount", &[self.path().as_os_str()]) {
            left -= 1;
            if left == 0 {
                return Err(error);
            }
            // Whoever was writing is just being ended.
            thread::sleep(Duration::from_millis(50));
        }
        self.mounted = false;
        Ok(())
    }

    pub(crate) fn fuse(&self) -> Result<Fuse, String> {
        let mut python = Command::new("python3");
        python.args(["-c", FUSE]).arg(self.path()).stdin(Stdio::piped()).stderr(Stdio::null());
        python.spawn().map(Fuse).map_err(|error| format!("python3: {error}"))
    }
}

impl Fuse {
    /// Now.
    pub(crate) fn cut(mut self) -> Result<(), String> {
        let mut line = self.0.stdin.take().ok_or("python3 reads nothing")?;
        line.write_all(b"\n").map_err(|error| error.to_string())?;
        drop(line);
        let ended = self.0.wait().map_err(|error| error.to_string())?;
        if ended.success() { Ok(()) } else { Err("EXT4_IOC_SHUTDOWN is not allowed".to_owned()) }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted {
            // Left behind if this fails; there is nobody to tell.
            drop(self.unmount());
        }
    }
}

fn run(program: &str, arguments: &[&std::ffi::OsStr]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// A library to put before the system's (`LD_PRELOAD`), built here from C; none where there is no compiler.
pub(crate) fn library(directory: &Path, name: &str, source: &str) -> Result<PathBuf, String> {
    let (code, built) = (directory.join(format!("{name}.c")), directory.join(format!("{name}.so")));
    std::fs::write(&code, source).map_err(|error| error.to_string())?;
    let options = ["-shared", "-fPIC", "-O1", "-o"].map(std::ffi::OsStr::new);
    run("cc", &[&options[..], &[built.as_os_str(), code.as_os_str(), "-ldl".as_ref()]].concat())?;
    Ok(built)
}
