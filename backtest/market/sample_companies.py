"""The invented companies of the sample market, and nothing else. None of them exists.

Columns: ticker, name, sector, theme, country, currency, starting market value in billions of euro, market beta,
own volatility a year, dividend yield a year.
"""

from __future__ import annotations

COMPANIES = """
CVNT|Corvanta Semiconductor|Information technology|capex|US|USD|150|1.25|0.24|0.006
ORLK|Orrinlake Systems|Information technology|capex|US|USD|250|1.10|0.16|0.009
TSKA|Teskara Platforms|Communication services|capex|US|USD|210|1.10|0.19|0.004
NUBR|Nubrelle Cloud|Information technology|capex|US|USD|100|1.20|0.22|0.000
LMRE|Lithmere Optics|Information technology|capex|NL|EUR|75|1.20|0.22|0.010
VLTN|Voltarren Power|Utilities|capex|US|USD|40|0.80|0.24|0.022
GRFN|Greyfen Electric|Utilities|capex|GB|GBP|35|0.65|0.18|0.040
HDRL|Hadrelle Cooling|Industrials|capex|US|USD|28|1.10|0.26|0.012
KNZK|Kanzuki Devices|Information technology|capex|JP|JPY|60|1.15|0.24|0.013
BRHT|Brennholt Turbinen|Industrials|capex|DE|EUR|55|1.05|0.23|0.020
FBSC|Fibrisca Networks|Information technology|capex|US|USD|38|1.15|0.26|0.005
STLV|Stelvane Data Centres|Industrials|capex|US|USD|30|0.85|0.21|0.028
OMRI|Omurai Materials|Materials|capex|JP|JPY|32|1.00|0.23|0.018
CPRL|Cuprelle Metals|Materials|capex|GB|GBP|48|1.10|0.26|0.035
ARCL|Arclume Grid|Industrials|capex|FR|EUR|50|1.00|0.21|0.020
QLMN|Quillon Memory|Information technology|capex|US|USD|55|1.30|0.29|0.000
PLWN|Pellworth Nuclear|Utilities|capex|US|USD|34|0.75|0.22|0.025
MRWB|Marlowick Bank|Financials|adopter|US|USD|240|1.05|0.17|0.026
TRNW|Tarnwick Payments|Financials|adopter|US|USD|190|1.00|0.17|0.007
HSLB|Hesselby Insurance|Financials|adopter|US|USD|75|0.75|0.18|0.018
CPST|Copperstile Stores|Consumer staples|adopter|US|USD|210|0.60|0.16|0.019
DMRW|Dunmarrow Foods|Consumer staples|adopter|GB|GBP|80|0.60|0.16|0.034
EVLC|Everlace Retail|Consumer discretionary|adopter|US|USD|120|1.05|0.22|0.012
PLND|Pellandine Software|Information technology|adopter|US|USD|130|1.10|0.23|0.000
QRRL|Quorrel Analytics|Industrials|adopter|US|USD|60|0.95|0.18|0.010
BXCB|Bexcombe Consulting|Industrials|adopter|GB|GBP|45|0.95|0.19|0.022
SRLG|Sorrelgate Health|Health care|adopter|US|USD|170|0.75|0.18|0.015
VNTR|Vantorre Pharma|Health care|adopter|FR|EUR|100|0.65|0.18|0.032
MRBK|Mirabeck Luxe|Consumer discretionary|adopter|FR|EUR|140|1.05|0.21|0.018
KSTB|Kestrelby Logistics|Industrials|adopter|GB|GBP|30|1.00|0.21|0.026
AMZU|Aomizu Trading|Industrials|adopter|JP|JPY|55|0.95|0.19|0.030
NSYR|Nishiyori Stores|Consumer discretionary|adopter|JP|JPY|40|0.85|0.21|0.014
OBLD|Oberlund Versicherung|Financials|adopter|DE|EUR|70|0.95|0.17|0.042
WDSM|Waldstrom Software|Information technology|adopter|DE|EUR|105|1.00|0.19|0.013
TLCT|Tillencourt Media|Communication services|adopter|US|USD|90|1.00|0.22|0.008
LNDV|Lindeveld Bank|Financials|adopter|NL|EUR|50|1.10|0.20|0.045
ARDM|Ardenmoor Ratings|Financials|adopter|US|USD|65|1.00|0.17|0.010
FRWN|Fairwyn Learning|Consumer discretionary|adopter|US|USD|25|1.10|0.27|0.000
GRHW|Granthollow Oil|Energy|other|US|USD|230|0.90|0.20|0.036
PTRN|Petrenne Energie|Energy|other|FR|EUR|110|0.90|0.19|0.048
NRMH|Northmarch Energy|Energy|other|GB|GBP|120|0.90|0.20|0.050
SLWF|Sallowfield Beverages|Consumer staples|other|US|USD|160|0.55|0.14|0.030
AMBT|Ambrecht Chemie|Materials|other|DE|EUR|60|1.05|0.19|0.036
KRGN|Korrigan Steel|Materials|other|US|USD|30|1.25|0.27|0.022
WXCB|Wexcombe Water|Utilities|other|GB|GBP|18|0.50|0.16|0.045
ISWK|Isarwerk Motoren|Consumer discretionary|other|DE|EUR|75|1.15|0.21|0.040
TMRG|Tomarigi Motors|Consumer discretionary|other|JP|JPY|150|0.95|0.18|0.028
YRNM|Yorunami Shipping|Industrials|other|JP|JPY|22|1.05|0.26|0.035
SKGP|Sakuragi Yakuhin|Health care|other|JP|JPY|48|0.60|0.19|0.026
DPHB|Delphara Biologics|Health care|other|US|USD|140|0.75|0.22|0.012
MRDL|Merrowdale Devices|Health care|other|US|USD|115|0.80|0.18|0.016
THTH|Thornhithe Tobacco|Consumer staples|other|GB|GBP|85|0.55|0.17|0.058
BNCR|Bancorelle|Financials|other|FR|EUR|65|1.15|0.22|0.046
OSTM|Ostermeer Dredging|Industrials|other|NL|EUR|15|0.95|0.22|0.028
CRVT|Crestavale Telecom|Communication services|other|US|USD|180|0.55|0.15|0.050
LNMS|Lunmarsh Telecom|Communication services|other|GB|GBP|55|0.65|0.19|0.052
RKWL|Rookwell Rail|Industrials|other|US|USD|85|0.95|0.17|0.020
PNMW|Pinemarrow Homes|Consumer discretionary|other|US|USD|16|1.30|0.30|0.010
TDWK|Tidewick Press|Communication services|other|GB|GBP|14|0.90|0.22|0.030
GLNR|Glenorrin Spirits|Consumer staples|other|GB|GBP|60|0.65|0.16|0.026
HXMR|Hexamere Airways|Industrials|other|US|USD|26|1.30|0.28|0.000
SNDW|Sundarrow Travel|Consumer discretionary|other|US|USD|45|1.20|0.24|0.004
"""
