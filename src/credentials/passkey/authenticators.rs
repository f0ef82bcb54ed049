//! Pure: what is known of an authenticator by the name of its model (AAGUID, Web Authentication §6.5.1), which it states
//! itself and nobody vouches for: good enough to call a passkey by, and for nothing else.

/// Where a private key lives, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStore {
    /// In hardware that does not let it out.
    Hardware,
    /// In software, which may copy it to the person's other devices.
    Software,
    /// Nobody says.
    Unknown,
}

/// Models that people know by name, from the list of the passkey developers' community (passkeydeveloper on GitHub) and
/// Yubico's own: the AAGUID, the name, and whether it is made to keep its keys in hardware.
const MODELS: &[(u128, &str, bool)] = &[
    (0xfbfc3007_154e_4ecc_8c0b_6e020557d7bd, "Apple Passwords", false),
    (0xdd4ec289_e01d_41c9_bb89_70fa845d4bf2, "Apple Passwords", false),
    (0xea9b8d66_4d01_1d21_3ce4_b6b48cb575d4, "Google Password Manager", false),
    (0xadce0002_35bc_c60a_648b_0b25f1f05503, "Chrome on Mac", false),
    (0xb5397666_4885_aa6b_cebf_e52262a439a2, "Chromium", false),
    (0x771b48fd_d3d4_4f74_9232_fc157ab0507a, "Edge on Mac", false),
    (0x08987058_cadc_4b81_b6e1_30de50dcbe96, "Windows Hello", true),
    (0x9ddd1817_af5a_4672_a2b9_3e3dd95000a9, "Windows Hello", false),
    (0x6028b017_b1d4_4c02_b4b3_afcdafc96bb2, "Windows Hello", false),
    (0xd3452668_01fd_4c12_926c_83a4204853aa, "Microsoft Password Manager", false),
    (0x53414d53_554e_4700_0000_000000000000, "Samsung Pass", false),
    (0xbada5566_a7aa_401f_bd96_45619a55120d, "1Password", false),
    (0xd548826e_79b4_db40_a3d8_11116f7e8349, "Bitwarden", false),
    (0x531126d6_e717_415c_9320_3d9aa6981239, "Dashlane", false),
    (0xb84e4048_15dc_4dd0_8640_f4f60813c8af, "NordPass", false),
    (0x0ea242b4_43c4_4a1b_8b17_dd6d0b6baec6, "Keeper", false),
    (0xf3809540_7f14_49c1_a8b3_8f813b225541, "Enpass", false),
    (0x50726f74_6f6e_5061_7373_50726f746f6e, "Proton Pass", false),
    (0xfdb141b2_5d84_443e_8a35_4698c205a502, "KeePassXC", false),
    (0xb78a0a55_6ef8_d246_a042_ba0f6d55050c, "LastPass", false),
    (0xcb69481e_8ff7_4039_93ec_0a2729a154a8, "YubiKey", true),
    (0xee882879_721c_4913_9775_3dfcce97072a, "YubiKey", true),
    (0xfa2b99dc_9e39_4257_8f92_4a30d23c4118, "YubiKey", true),
    (0x2fc0579f_8113_47ea_b116_bb5a8db9202a, "YubiKey", true),
    (0xa25342c0_3cdc_4414_8e46_f4807fca511c, "YubiKey", true),
    (0xd7781e5d_e353_46aa_afe2_3ca49f13332a, "YubiKey", true),
    (0x19083c3d_8383_4b18_bc03_8f1c9ab2fd1b, "YubiKey", true),
    (0xff4dac45_ede8_4ec2_aced_cf66103f4335, "YubiKey", true),
    (0xc5ef55ff_ad9a_4b9f_b580_adebafe026d0, "YubiKey", true),
    (0xd8522d9f_575b_4866_88a9_ba99fa02f35b, "YubiKey Bio", true),
    (0x73bb0cd4_e502_49b8_9c6f_b59445bf720b, "YubiKey", true),
    (0xc1f9a0bc_1dd2_404a_b27f_8e29047a43fd, "YubiKey", true),
    (0xf8a011f3_8c0a_4d15_8006_17111f9edc7d, "Security Key by Yubico", true),
    (0x6d44ba9b_f6ec_2e49_b930_0c8fe920cb73, "Security Key by Yubico", true),
    (0x149a2021_8ef6_4133_96b8_81f8d5b7f1f5, "Security Key by Yubico", true),
    (0xa4e9fc6d_4cbe_4758_b8ba_37598bb5bbaa, "Security Key by Yubico", true),
    (0x42b4fb4a_2866_43b2_9bf7_6c6669c2e5d3, "Titan Security Key", true),
];

fn model(aaguid: &[u8]) -> Option<&'static (u128, &'static str, bool)> {
    let number = u128::from_be_bytes(aaguid.try_into().ok()?);
    MODELS.iter().find(|(own, _, _)| *own == number)
}

/// What people call this model.
pub fn name(aaguid: &[u8]) -> Option<&'static str> {
    model(aaguid).map(|(_, name, _)| *name)
}

/// Where a key of this model lives. One that may be copied is out of any hardware, whatever made it.
pub fn key_store(aaguid: &[u8], backup_eligible: bool) -> KeyStore {
    match (backup_eligible, model(aaguid)) {
        (true, _) => KeyStore::Software,
        (false, Some((_, _, true))) => KeyStore::Hardware,
        (false, _) => KeyStore::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn models_are_known_by_their_number() {
        let yubikey = 0x2fc0579f_8113_47ea_b116_bb5a8db9202a_u128.to_be_bytes();
        let google = 0xea9b8d66_4d01_1d21_3ce4_b6b48cb575d4_u128.to_be_bytes();
        for (aaguid, copied, expected, kept) in [
            (&yubikey[..], false, Some("YubiKey"), KeyStore::Hardware),
            (&yubikey, true, Some("YubiKey"), KeyStore::Software),
            (&google, true, Some("Google Password Manager"), KeyStore::Software),
            (&google, false, Some("Google Password Manager"), KeyStore::Unknown),
            (&[0; 16], false, None, KeyStore::Unknown),
            (&[0; 16], true, None, KeyStore::Software),
            (&[1], false, None, KeyStore::Unknown),
        ] {
            assert_eq!((name(aaguid), key_store(aaguid, copied)), (expected, kept), "{aaguid:?} {copied}");
        }
    }

    #[test]
    fn no_model_stands_twice() {
        let numbers: HashSet<u128> = MODELS.iter().map(|(number, _, _)| *number).collect();
        assert_eq!(numbers.len(), MODELS.len());
    }
}
