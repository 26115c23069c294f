package mapping

import (
	"testing"

	"github.com/biter777/countries"
	"github.com/stretchr/testify/assert"
)

func TestCountryCode(t *testing.T) {
	for code, spellings := range map[string][]string{
		"GB": {
			"GB", "gb", "GBR", "GB,", "(UK)", "UK", "uk", "U.K.", "G.B.", "United Kingdom", "UNITED KINGDOM", " united  kingdom ", "United-Kingdom", "Great Britain", "Britain",
			"England", "Scotland", "Wales", "Northern Ireland", "Ireland (Northern)", "Wales, UK", "Great Britain (UK)", "GB - United Kingdom",
			"The United Kingdom", "United Kingdom of Great Britain and Northern Ireland", "Vereinigtes Königreich", "Royaume-Uni",
		},
		"US": {"US", "USA", "U.S.A.", "u.s.", "United States", "The United States", "United States of America", "United States (USA)", "Estados Unidos"},
		"IE": {"IE", "IRL", "Ireland", "Eire", "Éire", "Republic of Ireland", "Ireland, Republic of", "Ireland (Republic of)", "Southern Ireland"},
		"NL": {"Netherlands", "The Netherlands", "Netherlands, The", "Holland", "Nederland", "Pays-Bas"},
		"DE": {"Germany", "Deutschland", "DEU", "Allemagne"},
		"AT": {"Austria", "Österreich", "O\u0308sterreich", "OESTERREICH"},
		"ES": {"Spain", "España", "Espana"},
		"CH": {"Switzerland", "Schweiz", "Suisse", "Svizzera"},
		"DK": {"Denmark", "Danmark"},
		"SE": {"Sweden", "Sverige"},
		"PL": {"Poland", "Polska"},
		"CZ": {"Czechia", "Czech Republic"},
		"SK": {"Slovakia", "Slovak Republic"},
		"TR": {"Turkey", "Türkiye"},
		"CI": {"Ivory Coast", "Côte d'Ivoire", "Cote d’Ivoire"},
		"KR": {"South Korea", "Korea, Republic of", "Republic of Korea", "Korea (South)"},
		"KP": {"North Korea", "Korea (North)", "Korea (Democratic People's Republic of)"},
		"CD": {"Democratic Republic of the Congo", "Congo (DRC)", "DR Congo"},
		"CG": {"Congo"},
		"VG": {"British Virgin Islands", "Virgin Islands, British", "Virgin Islands (British)"},
		"VI": {"US Virgin Islands", "Virgin Islands (U.S.)"},
		"SS": {"South Sudan", "Sudan (South)"},
		"HK": {"Hong Kong", "Hong Kong SAR", "Hong Kong, China", "China (Hong Kong)"},
		"TW": {"Taiwan", "Taiwan, Province of China"},
		"CN": {"China", "People's Republic of China"},
		"RU": {"Russia", "Russian Federation"},
		"VN": {"Vietnam", "Viet Nam"},
		"MK": {"North Macedonia", "Macedonia"},
		"SZ": {"Eswatini", "Swaziland"},
		"CV": {"Cape Verde", "Cabo Verde"},
		"GM": {"The Gambia", "Gambia, The"},
		"BA": {"Bosnia & Herzegovina", "Bosnia and Herzegovina"},
		"TT": {"Trinidad & Tobago"},
		"LC": {"St. Lucia", "St Lucia", "Saint Lucia"},
		"CW": {"Curaçao", "Curacao"},
		"AX": {"Åland Islands"},
		"AE": {"UAE", "United Arab Emirates", "Emirates"},
		"ZA": {"South Africa", "RSA"},
		"NZ": {"New Zealand", "NZ", "Aotearoa"},
		"IM": {"Isle of Man"}, "JE": {"Jersey"}, "GG": {"Guernsey"}, "GI": {"Gibraltar"}, "XK": {"Kosovo"},
	} {
		for _, spelling := range spellings {
			t.Run(spelling, func(t *testing.T) { assert.Equal(t, code, countryCode(spelling)) })
		}
	}
}

// What is not known, or could be two countries, is left to a person.
func TestCountryCodeDoesNotGuess(t *testing.T) {
	for _, text := range []string{
		"Atlantis", "United Kingdm", "London", "London, UK", "Georgia, USA", "Jersey, USA", "Channel Islands", "Virgin Islands", "Northern Cyprus",
		"none", "N/A", "N-A", "International", "XX", "EU", "RA", "AN", "Netherlands Antilles", "Yugoslavia", "12", "-", "()", "🇬🇧", "THE",
	} {
		t.Run(text, func(t *testing.T) { assert.Empty(t, countryCode(text)) })
	}
}

func TestCountryCodeKnowsEveryCountryByCodeAndName(t *testing.T) {
	for _, country := range countries.All() {
		if code := country.Alpha2(); !retired[code] {
			assert.Equal(t, code, countryCode(code))
			assert.Equal(t, code, countryCode(country.Alpha3()))
			assert.Equal(t, code, countryCode(country.String()), country.String())
		}
	}
}

func TestCountryCodeOfNothingIsNull(t *testing.T) {
	for _, document := range []string{`{}`, `{"v":null}`, `{"v":" "}`} {
		answers(t, `root.v = this.v.country_code()`, document, `{"v":null}`)
	}
}

func FuzzCountryCode(f *testing.F) {
	for _, seed := range []string{"UK", "Korea (North)", "Gambia, The", "()", "----", "Ł", "\u0301"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if code := countryCode(text); code != "" {
			assert.Len(t, code, 2)
			assert.Equal(t, code, countryCode(code))
		}
	})
}
