//! Which file systems are shared with other machines: neither a lock nor the journal can be trusted there.

use std::path::Path;

/// What statfs(2) calls those of which the kernel says what they are.
#[cfg(target_os = "linux")]
const SHARED: [u32; 16] = [
    0x0000_6969, // NFS
    0x0000_517b, // SMB
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB 2 and 3
    0x0000_564c, // NCP
    0x5346_414f, // AFS
    0x6b41_4653, // AFS of the kernel
    0x7375_7245, // Coda
    0x00c3_6400, // Ceph
    0x0102_1997, // 9p
    0x0bd0_0bd3, // Lustre
    0x4750_4653, // GPFS
    0x1983_0326, // BeeGFS
    0xaad7_aaea, // PanFS
    0x0116_1970, // GFS2
    0x7461_636f, // OCFS2
];
/// Programs that serve a file system say of what kind it is only in the list of mounts.
#[cfg(target_os = "linux")]
const SERVED: u32 = 0x6573_5546;
/// Kinds of those that lie on other machines; others encrypt, overlay or read what lies on this one.
#[cfg(target_os = "linux")]
const SERVED_SHARED: [&str; 11] = [
    "fuse.sshfs",
    "fuse.glusterfs",
    "fuse.ceph",
    "fuse.ceph-fuse",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.gcsfuse",
    "fuse.blobfuse2",
    "fuse.curlftpfs",
    "fuse.juicefs",
    "fuse.moosefs",
];

/// Tells whether a folder lies on a file system that other machines may write to.
#[cfg(target_os = "linux")]
pub(super) fn is_shared(dir: &Path) -> bool {
    #[expect(
        clippy::useless_conversion,
        reason = "the field's width differs between platforms"
    )]
    let magic = rustix::fs::statfs(dir).map(|found| i64::from(found.f_type));
    // Where the field is narrow the higher ones are negative.
    let magic = magic.map(|magic| (magic & 0xffff_ffff) as u32);
    magic.is_ok_and(|magic| SHARED.contains(&magic) || (magic == SERVED && is_served(dir)))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_shared(_: &Path) -> bool {
    false
}

/// Asks the list of mounts. Where it cannot be read the folder is taken for one of this machine, as any other is.
#[cfg(target_os = "linux")]
fn is_served(dir: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(device) = dir.metadata().map(|found| found.dev()) else {
        return false;
    };
    let device = format!(
        "{}:{}",
        rustix::fs::major(device),
        rustix::fs::minor(device)
    );
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    kind_of(&mounts, &device).is_some_and(|kind| SERVED_SHARED.contains(&kind))
}

/// Finds the kind of the file system on a device in the list of mounts, as proc(5) describes it.
#[cfg(target_os = "linux")]
fn kind_of<'a>(mounts: &'a str, device: &str) -> Option<&'a str> {
    mounts.lines().find_map(|line| {
        let (mount, rest) = line.split_once(" - ")?;
        let is_it = mount.split(' ').nth(2) == Some(device);
        is_it.then(|| rest.split(' ').next()).flatten()
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_serves_is_known_by_the_list_of_mounts() {
        let mounts = "\
22 28 0:21 / /proc rw,nosuid shared:12 - proc proc rw
36 35 98:0 /mnt1 /mnt/a\\040b rw,noatime master:1 - ext4 /dev/root rw,errors=continue
41 28 0:45 / /home/ana/far rw,nosuid,nodev - fuse.sshfs ana@far:/home rw,user_id=1000
42 28 0:46 / /home/ana/vault rw,nosuid,nodev - fuse.gocryptfs /home/ana/v rw,user_id=1000
";
        let kind = |device| kind_of(mounts, device);
        assert_eq!(kind("98:0"), Some("ext4"));
        assert_eq!(kind("0:45"), Some("fuse.sshfs"));
        assert_eq!(kind("0:4"), None);
        assert!(SERVED_SHARED.contains(&kind("0:45").expect("there")));
        assert!(!SERVED_SHARED.contains(&kind("0:46").expect("there")));
    }

    #[test]
    fn a_folder_of_this_machine_is_not_shared() {
        let dir = tempfile::tempdir().expect("temporary folder");
        assert!(!is_shared(dir.path()));
        assert!(!is_shared(&dir.path().join("nowhere")));
    }
}
