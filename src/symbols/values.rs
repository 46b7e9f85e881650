//! Values of charts and templates that have names: where they are set or defined, and which templates use them.

use super::{Setting, Symbol, SymbolKind};
use crate::files::Span;
use crate::project::{ChartTexts, NamedTemplate};

/// Every value and every named template of charts.
pub(super) fn of_charts(texts: &ChartTexts) -> Vec<Symbol> {
    let mut found = Vec::new();
    for ((chart, path), value) in &texts.values {
        let Some(name) = path.last() else { continue };
        let setting = |is_default| move |&(key, value): &(Span, Span)| Setting { key, value, is_default };
        let own = value.default.iter().map(setting(true));
        let settings: Vec<Setting> = own.chain(value.set.iter().map(setting(false))).collect();
        let Some(home) = settings.first().map(|one| one.key).or(value.uses.first().copied()) else {
            continue;
        };
        let keys = settings.iter().map(|one| one.key);
        found.push(Symbol {
            of: chart.clone(),
            path: path.clone(),
            title: format!("value `{}` of {}", path.join("."), title(chart)),
            uses: keys.chain(value.uses.iter().copied()).filter(|place| *place != home).collect(),
            settings,
            ..Symbol::new(SymbolKind::Value, home, name.to_string())
        });
    }
    for ((chart, name), NamedTemplate { defined, called }) in &texts.templates {
        for home in defined {
            found.push(Symbol {
                of: chart.clone(),
                title: format!("template `{name}` of {}", title(chart)),
                uses: called.clone(),
                ..Symbol::new(SymbolKind::Template, *home, name.to_string())
            });
        }
    }
    found
}

fn title(chart: &str) -> String {
    match chart {
        "" => "the chart".to_owned(),
        chart => format!("the chart in `{chart}`"),
    }
}
