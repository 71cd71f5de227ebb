"""The pieces that titles of title_tables.py are written from, their short forms, and remarks that are worth nothing."""

from collections.abc import Mapping

SENIORITY = ("", "", "Senior", "Junior", "Lead", "Principal", "Assistant", "Deputy", "Chief", "Associate", "Trainee")
FIELD = (
    "Software", "Data", "Financial", "Civil", "Electrical", "Mechanical", "Marketing", "Human Resources", "Customer",
    "Purchasing", "Quality", "Safety", "Network", "Security", "Research", "Clinical", "Legal", "Tax", "Building",
    "Warehouse", "Transport", "Production", "Environmental", "Administrative", "Information Technology", "Community",
    "Account", "Operations", "Process", "Training",
)  # fmt: skip
ROLE = (
    "Engineer", "Analyst", "Manager", "Technician", "Specialist", "Coordinator", "Consultant", "Supervisor",
    "Inspector", "Officer", "Assistant Director", "Director", "Clerk", "Administrator", "Developer", "Planner",
    "Advisor", "Representative", "Architect", "Scientist",
)  # fmt: skip
DEPARTMENT = ("", "", "", "", "Police Department", "Health Services", "Public Works", "Library", "Fire Rescue",
              "Finance", "Sales", "Logistics", "Facilities")  # fmt: skip
LEVEL = ("", "", "", "I", "II", "III", "IV")
JOB_REMARKS = ("(m/f/d)", "(full time)", "- urgent", "(contract)", "*", "(remote)", "#2", "(temp.)")

BRAND = (
    "Norvik", "Habaro", "Lumen & Co", "Castell", "Brightway", "Orlo", "Fennwick", "Tessaro", "Kinder House", "Alpina",
    "Maris", "Quellmann", "Redfern", "Sunhouse", "Voltano", "Wickerby", "Zandara", "Harrow", "Elmstead", "Pico",
)  # fmt: skip
MATERIAL = ("", "", "Cotton", "Stainless Steel", "Leather", "Ceramic", "Bamboo", "Plastic", "Glass", "Wool",
            "Aluminium", "Oak Wood", "Silicone", "Linen")  # fmt: skip
KIND = (
    "Water Bottle", "Cutting Board", "Desk Lamp", "Backpack", "Wall Clock", "Coffee Grinder", "Blanket", "Storage Box",
    "Frying Pan", "Tea Pot", "Cushion Cover", "Bath Towel", "Table Runner", "Phone Case", "Wine Rack", "Serving Tray",
    "Floor Lamp", "Lunch Box", "Knife Set", "Bread Basket", "Umbrella", "Travel Mug", "Picture Frame", "Door Mat",
    "Laundry Basket", "Kitchen Scale",
)  # fmt: skip
SIZE = ("", "", "Small", "Medium", "Large", "Extra Large", "500 ml", "750 ml", "1 Litre", "30 cm", "45 cm", "60 cm")
COLOUR = ("", "", "Black", "White", "Grey", "Blue", "Green", "Red", "Natural")
PACK = ("", "", "", "Pack of 2", "Pack of 4", "Pack of 6", "Set of 3")
GOODS_REMARKS = ("NEW!", "- free shipping", "(gift idea)", "best price", "***", "2024", "original", "- sale")

MAKE = ("Maranello", "Tatra", "Hyonda", "Fjord", "Volken", "Renard", "Suzaki", "Mahari", "Skala", "Chevron")
MODEL: Mapping[str, tuple[str, ...]] = {
    "Maranello": ("Alta", "Alta Sport", "Swifta", "Dzira", "Ertega", "Wagon"),
    "Tatra": ("Indica", "Safara", "Nexo", "Tiaga", "Zest"),
    "Hyonda": ("Grand i10", "Elite i20", "Verna", "Creta", "Santra", "Xcent"),
    "Fjord": ("Figaro", "Ecosport", "Endeavour", "Fiesta"),
    "Volken": ("Polaris", "Vento", "Jettra", "Passo"),
    "Renard": ("Duster", "Kwidd", "Logan"),
    "Suzaki": ("Baleno", "Celerio", "Vitara", "Ciaz", "Omni"),
    "Mahari": ("Bolero", "Scorpion", "Xuvi", "Thara"),
    "Skala": ("Octave", "Rapida", "Superba"),
    "Chevron": ("Beata", "Cruza", "Sparka", "Enjoya"),
}
ENGINE = ("", "1.0", "1.2", "1.4 TDI", "1.5 CRDi", "1.6", "2.0 TDI", "2.2 CRDi", "1.3 Multijet", "1.8 Turbo")
TRIM = ("", "LX", "LXi", "VXi", "ZXi", "VDi", "ZDi Plus", "Sportz", "Asta Optional", "Comfortline", "Highline",
        "Ambition", "Titanium", "Base")  # fmt: skip
GEARS = ("", "", "Manual", "Automatic")
CAR_REMARKS = ("single owner", "BSIV", "BS IV", "full service", "(negotiable)", "good condition", "first hand", "!!")

SHORT: Mapping[str, tuple[str, ...]] = {
    "Senior": ("Sr", "Sr.", "Snr"), "Junior": ("Jr", "Jr."), "Principal": ("Princ.", "Prin"),
    "Assistant": ("Asst", "Asst.", "Assist."), "Associate": ("Assoc.", "Assoc"), "Deputy": ("Dep.", "Dpty"),
    "Software": ("SW", "Softw."), "Financial": ("Fin.", "Finance"), "Electrical": ("Elec.", "Electr."),
    "Mechanical": ("Mech", "Mech."), "Marketing": ("Mktg", "Mkt."), "Human": ("H.",), "Resources": ("Res.",),
    "Customer": ("Cust.",), "Quality": ("QA", "Qual."), "Environmental": ("Env.", "Environm."),
    "Administrative": ("Admin", "Admin."), "Information": ("Info", "Inf."), "Technology": ("Tech", "Technol."),
    "Operations": ("Ops", "Oper."), "Engineer": ("Eng", "Eng.", "Engr"), "Manager": ("Mgr", "Mgr."),
    "Technician": ("Tech", "Techn."), "Specialist": ("Spec.", "Spclst"), "Coordinator": ("Coord.", "Coord"),
    "Supervisor": ("Supv", "Supvr"), "Officer": ("Off.", "Ofcr"), "Director": ("Dir", "Dir."),
    "Administrator": ("Admin", "Adm."), "Developer": ("Dev", "Dev."), "Representative": ("Rep", "Rep."),
    "Department": ("Dept", "Dept."), "Services": ("Svcs", "Serv."),
    "I": ("1",), "II": ("2", "ii"), "III": ("3", "iii"), "IV": ("4",),
    "Stainless": ("St.", "SS"), "Aluminium": ("Alu", "Aluminum"), "Extra": ("X",), "Large": ("L", "Lg"),
    "Medium": ("M", "Med."), "Small": ("S", "Sm"), "Litre": ("L", "l", "Liter"), "ml": ("ML", "mL"), "Grey": ("Gray",),
    "Black": ("Blk",), "White": ("Wht",), "Pack": ("Pk", "pck"), "Set": ("set",), "of": ("x",),
    "Manual": ("MT", "Man."), "Automatic": ("AT", "Auto"), "Plus": ("+",), "Optional": ("(O)", "Opt"),
    "Turbo": ("T",), "Multijet": ("MJD", "Mjet"),
}  # fmt: skip
