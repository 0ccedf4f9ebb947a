use semsearch_embed::*;
use std::time::Instant;
fn main(){
    let threads: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let store = ModelStore::from_env(true);
    let t=Instant::now();
    let m = store.find(DEFAULT_MODEL).unwrap().unwrap();
    let enc = SentenceTransformer::load(&m, &EncoderOptions::default()).unwrap();
    eprintln!("load {:?}", t.elapsed());
    let lines = std::fs::read_to_string("/tmp/texts.txt").unwrap();
    let texts: Vec<&str> = lines.lines().collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(||{
        let t=Instant::now();
        let e = enc.encode(&texts, TextKind::Passage).unwrap();
        let s=t.elapsed().as_secs_f64();
        eprintln!("{} texts {} tokens {:.2}s {:.1}/s", texts.len(), e.tokens.iter().sum::<usize>(), s, texts.len() as f64/s);
        for _ in 0..3 { let t=Instant::now(); for _ in 0..20 { enc.encode(&["efficient KV cache compression"], TextKind::Query).unwrap(); } eprintln!("query {:?}", t.elapsed()/20); }
    });
}
