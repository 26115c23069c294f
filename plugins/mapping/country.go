package mapping

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/biter777/countries"
	"github.com/redpanda-data/benthos/v4/public/bloblang"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/unicode/norm"
)

func init() {
	bloblang.MustRegisterMethodV2("country_code",
		spec("The ISO 3166 alpha-2 code of a country that is written as a code or as a name in any usual spelling; null for one that is not known or could be two. The parts of the United Kingdom are GB. Null and blank give null.").
			Example("", `root.code = this.country.country_code()`,
				[2]string{`{"country":"United Kingdom"}`, `{"code":"GB"}`},
				[2]string{`{"country":"U.S.A."}`, `{"code":"US"}`},
				[2]string{`{"country":"Korea (North)"}`, `{"code":"KP"}`},
				[2]string{`{"country":"Atlantis"}`, `{"code":null}`}),
		func(*bloblang.ParsedParams) (bloblang.Method, error) {
			return func(v any) (any, error) {
				present, err := blankToNull(v)
				text, isText := present.(string)
				if err != nil || !isText {
					return nil, err
				}
				if code := countryCode(text); code != "" {
					return code, nil
				}
				return nil, nil
			}, nil
		})
}

// also are usual spellings that the libraries lack, in the form of fold.
var also = map[string]string{
	"UK": "GB", "UAE": "AE", "EMIRATES": "AE",
	"UNITEDKINGDOMOFGREATBRITAINANDNORTHERNIRELAND": "GB",
	"EIRE": "IE", "REPUBLICOFIRELAND": "IE", "IRELANDREPUBLICOF": "IE", "SOUTHERNIRELAND": "IE",
	"KOREADEMOCRATICPEOPLESREPUBLICOF": "KP", "DPRK": "KP", "ROK": "KR",
	"DRCONGO": "CD", "CONGODRC": "CD", "CONGODEMOCRATICREPUBLICOFTHE": "CD", "REPUBLICOFTHECONGO": "CG",
	"USVIRGINISLANDS": "VI", "VIRGINISLANDSOFTHEUNITEDSTATES": "VI",
	"HONGKONGCHINA": "HK", "HONGKONGSAR": "HK", "MACAUCHINA": "MO", "MACAOCHINA": "MO", "MACAOSAR": "MO",
	"TAIWANROC": "TW", "TAIWANPROVINCEOFCHINA": "TW",
	"PRC": "CN", "PEOPLESREPUBLICOFCHINA": "CN",
	"REPUBLICOFSOUTHAFRICA": "ZA", "RSA": "ZA",
	"AOTEAROA": "NZ", "TURKIYE": "TR", "SLOVAKREPUBLIC": "SK", "LAOPDR": "LA",
}

// retired are codes that the data still lists although ISO has withdrawn them.
var retired = map[string]bool{"AN": true, "YU": true}

// languages are those whose names of countries are understood; where two use a
// name for different countries, the first means it.
var languages = []language.Tag{
	language.English, language.German, language.French, language.Spanish, language.Italian, language.Dutch, language.Portuguese,
	language.Danish, language.Swedish, language.Norwegian, language.Finnish, language.Polish, language.Czech,
}

// atlas is the index of codes and names; it is built when it is first needed.
var atlas = sync.OnceValue(func() map[string]string {
	index := maps.Clone(also)
	add := func(name, code string) {
		if _, exists := index[name]; !exists && name != "" {
			index[name] = code
		}
	}
	known := slices.DeleteFunc(countries.All(), func(c countries.CountryCode) bool { return retired[c.Alpha2()] })
	for _, country := range known {
		add(country.Alpha2(), country.Alpha2())
		add(country.Alpha3(), country.Alpha2())
		add(fold(country.String()), country.Alpha2())
	}
	for _, tongue := range languages {
		names := display.Regions(tongue)
		for _, country := range known {
			if region, err := language.ParseRegion(country.Alpha2()); err == nil {
				add(fold(names.Name(region)), country.Alpha2())
			}
		}
	}
	return index
})

// countryCode finds the code of a country; empty when there is none. A text of
// several parts ("Korea (North)", "Gambia, The", "GB - United Kingdom") is looked
// for as a whole, then turned round, and then each part must mean the same.
func countryCode(text string) string {
	if code := lookUp(text); code != "" {
		return code
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("(),/-–[]", r) })
	if len(parts) < 2 {
		return ""
	}
	if code := lookUp(parts[1] + parts[0]); code != "" && len(parts) == 2 {
		return code
	}
	code := lookUp(parts[0])
	for _, part := range parts[1:] {
		if strings.TrimSpace(part) != "" && lookUp(part) != code {
			return ""
		}
	}
	return code
}

// notCode is a text whose letters stand too far apart for a code: "N/A" is not Namibia.
var notCode = regexp.MustCompile(`\pL[^\pL\pM. ]+\pL`)

func lookUp(text string) string {
	name := fold(text)
	if len(name) <= 3 && notCode.MatchString(text) {
		return ""
	}
	if code := find(name); code != "" {
		return code
	}
	if rest, found := strings.CutPrefix(name, "THE"); found && len(rest) > 3 {
		return find(rest)
	}
	return ""
}

// find asks the index and then, for names, the library: among codes it knows
// many that are no ISO codes.
func find(name string) string {
	index := atlas()
	if code := index[name]; code != "" || len(name) <= 3 {
		return code
	}
	if code := countries.ByName(name).Alpha2(); index[code] == code {
		return code
	}
	return ""
}

// letters are those that Unicode does not take apart into a letter and a mark.
var letters = strings.NewReplacer("&", "AND", "Ø", "O", "Ł", "L", "Æ", "AE", "Œ", "OE", "ß", "SS", "Đ", "D", "Þ", "TH")

// fold reduces a name to its letters, in capitals and without accents.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, norm.NFD.String(letters.Replace(strings.ToUpper(text))))
}
