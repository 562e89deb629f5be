//! Compiles the C++ part of the CBC adapter, feature `cbc`; every other feature needs nothing here.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    #[cfg(feature = "cbc")]
    cbc::compile();
}

#[cfg(feature = "cbc")]
mod cbc {
    /// The part of the adapter that needs CBC's C++ interface.
    const SOURCE: &str = "src/adapters/cbc/shim.cpp";

    pub(super) fn compile() {
        println!("cargo:rerun-if-changed={SOURCE}");
        let library = pkg_config::probe_library("cbc").unwrap_or_else(|error| {
            panic!("feature cbc needs CBC with its headers (Debian: coinor-libcbc-dev): {error}")
        });
        cc::Build::new()
            .cpp(true)
            .std("c++14")
            // CBC's own headers are not free of them.
            .warnings(false)
            .includes(&library.include_paths)
            .file(SOURCE)
            .compile("solver_api_cbc");
        // Once more, so that the linker sees CBC's libraries after what needs them.
        for name in &library.libs {
            println!("cargo:rustc-link-lib={name}");
        }
    }
}
