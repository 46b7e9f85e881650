//! The `wplint` program: arguments in, exit status out.

fn main() {
    let paths: Vec<std::path::PathBuf> = std::env::args().skip(1).map(Into::into).collect();
    let run = wplint::lint::lint(wplint::scan::scan(&paths, &Default::default()), &Default::default());
    for one in &run.findings {
        let file = &run.files[one.finding.span.file.0 as usize];
        let at = file.place(one.finding.span.start);
        println!(
            "{}:{}:{}: {}[{}] {} // {}",
            file.path,
            at.line,
            at.column,
            one.severity,
            one.finding.rule,
            one.finding.message,
            one.finding.help.as_deref().unwrap_or("")
        );
        for a in &one.finding.also {
            let f = &run.files[a.span.file.0 as usize];
            let p = f.place(a.span.start);
            println!("      {}:{}:{} {}", f.path, p.line, p.column, a.message);
        }
    }
    println!("{:?} {:?}", run.counts, run.timings);
    for i in &run.inputs {
        println!("{i:?}");
    }
}
