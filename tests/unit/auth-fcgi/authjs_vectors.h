/* Session cookies as Auth.js, NextAuth and jose make them. Written by authjs_vectors.mjs. */
/* clang-format off */
#ifndef BELFRY_TESTS_AUTHJS_VECTORS_H
#define BELFRY_TESTS_AUTHJS_VECTORS_H

#include <stdint.h>

static const char *const vector_secrets[] = {
    "the-first-secret-of-at-least-32-octets",
    "the-second-secret-of-at-least-32-octets",
};

#define VECTORS_MADE_AT INT64_C(1795385159)

static const struct vector {
    const char *label;
    const char *cookie;
    int secret;
    int64_t exp;
    const char *sub;
    const char *email;
    const char *name;
    const char *role;
    const char *value;
} vectors[] = {
    {"plain", "authjs.session-token", 0, 1797977159,
        "u1", "ada@example.com", "Ada", "admin",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIiwia2lkIjoiS0Vuem8xcnRHYVpfRjM2TGtfUzZJT2wzVD"
        "NSemZVekpNUGtVNDFjbFhfMGZaYk5zQ0Ffa3kyaTZBbXFsdTg0UlBScE9PVlpoREJBdGFvR2NEWUJsNVEifQ..XqZZ"
        "9brSiEtAj26ceXsjMw.2v9oeDj5PoT4RyAaeHYPHOlViShuis8r0FOzptDeJEn8Y1d_2hxlpNFQm8LTf3xqw7g7ura"
        "-Rv_r5qKaaC0eqLxhRo1YQ2NdEhG463EBS36PTAOOj1pQqNUuks7t8Su1VqZlacKE3r8iutHNpFDpZSLZY1oPryUGm"
        "67qvnkKo5Ho-CfxdCc01xyiLCU16aQGwIKjzHNXIVWId1NQg4K0bg.-WZ4uKInRoVCNc-yWisTibq42tchduMfHIhZ"
        "h38L-i4"
    },
    {"secure", "__Secure-authjs.session-token", 0, 1797977159,
        "u1", "ada@example.com", "Ada", "admin",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIiwia2lkIjoiWEVwX3NWdHZvN0twNmJ2WW85YUxuWDViZG"
        "hyR1Y3OU52MWk2WkxXMGZRNEcxR0VDdjBjYkM5bHN0MTFwV2xHc1ZCX2VyMGo0T2JFU3VabFpIeEFlLWcifQ..kdJH"
        "RJqoqcZ_X12t6to9dg.9WO-Xo1tBeI9vwbXNhtzDyDksmFFxaug6rA3IAsI9PpvXjwi7qcoHEST31FYp7r9M7HKN95"
        "toNlna2d2bHqYy7kJ9kawhG6xG6eBOV4HCMRBvxM07Wi1xq5EZS49Iaz4HigPmOWvRRl5TbwG6pbc-SOv7WCeQPREW"
        "DTr80W7NJbmyF2r0-0fTKs61tbWBih1KArnEo1Ou3w3ap73nUczmA.62yJi3MzZLw_OecREIWB-t3yGdAA7hR3BtE9"
        "K1fwsLE"
    },
    {"rotated", "authjs.session-token", 1, 1797977159,
        "u1", "ada@example.com", "Ada", "admin",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIiwia2lkIjoiTjFVUF9oZjVfMEpWejVUVW1TOUNTdHFIQT"
        "JtX3Z6aFFYM0Jnc1FRQUtIdVpnY0dKczNueEsyWjJrcVBMc2NJbTBoVGdMVGRsZ0hFNWpIejk0YVJqSHcifQ..AkpN"
        "GCzPqJT9Q073Hd8crw.QqVXkXnRS_sPSA_h-1DJjN5F8QdvlWPbYiI3Xo-dWGg1haJ4v5LhUrpJ_FvKwe7POwbwPsw"
        "zMEWjWYQk1QBEPWfqpKp_lYqbg86_2H7CJ7FUciJTr-wgeex364e4TPrqOK_uXtrCKV2zmifWPQ_AsVXbvlmIiFWro"
        "6J4gZrat8G1t27EkFywlvF2D4_yRev50ve1dXtaLdf65RC0BRstiw.JzeVNV7jxTSIq8gab6y0JkQzzu90smcRJ6tY"
        "yuG6I3w"
    },
    {"unicode", "authjs.session-token", 0, 1797977159,
        "\303\274-1", "zo\303\253@example.com", "Zo\303\253 \360\237\224\224 \303\205ngstr\303\266m", NULL,
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIiwia2lkIjoiS0Vuem8xcnRHYVpfRjM2TGtfUzZJT2wzVD"
        "NSemZVekpNUGtVNDFjbFhfMGZaYk5zQ0Ffa3kyaTZBbXFsdTg0UlBScE9PVlpoREJBdGFvR2NEWUJsNVEifQ..efxt"
        "WQEoD3sYowObeTsvXw.EkX46r-X5dXSNNQwyxJGuNiSDHIWwO6ISCJLTENdXAwIBh40dqjaM6xyKVOJtcrQgwn69Qr"
        "mzcip4QxKQxx9XFPsudTk7Mg8AU2XbPVBHcMljV-v04rOFkEva_TJv-wW87-DeaTF8ABJUVzWIvKWPGB6jEMNuGkXq"
        "GybeXOdrk7rwRGmHvZsr1xSjkudSFGzu4KjIvvxwmHw0tHsO9eZLg.0X5c0zbf202KcA6N-AIa2M13OIpcxJzJRZtK"
        "dcDvtCA"
    },
    {"long", "authjs.session-token", 0, 1797977159,
        "u1", "ada@example.com", "Ada", "admin",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIiwia2lkIjoiS0Vuem8xcnRHYVpfRjM2TGtfUzZJT2wzVD"
        "NSemZVekpNUGtVNDFjbFhfMGZaYk5zQ0Ffa3kyaTZBbXFsdTg0UlBScE9PVlpoREJBdGFvR2NEWUJsNVEifQ..c_-X"
        "lEC6zaVSSLtgjujJBw.MbyzkPM7vlTS1QSL628LYTLD-NPvqACQEOl7gUEpD0FNFaTI5GW5cBPFud1wS1T32CQ4pp9"
        "2AKl78YWV8uoiWqktNuQ-MGJs2BbngQ1gKURj5T7t4iNBEe-TK5M1xbEBUjvJOFRcYj9YLLaluj8WH6UkUsL3Raoub"
        "oHA5myP-uIoWMbob0oQwytdbU1qw_JG9O03upB3rHH9ScGdns59QBuhoP73vgJ8EOOuLmXcXLK3tq_tJFMmu-748z9"
        "kV4O5Y9Ex9VaEHNnGAbVt2-dGltEVHT16w11RejABo5Vol69_icYjij8p0jPOn3xwGY_EDO6WIs9_43XxByjn9zLh8"
        "yYKi8xZQKtgMRJZGMyEEko7vr1joBGMOMMbHMYwVfnfWCUDnFmGUXIZTXkLcVAewftl7UEfyNCf2JRUNcT-3dwjZ_b"
        "f62SWmIXQyqEKMxFRGoYTjaxPBjriLIrxYLagSy4fr0mS6nwjEQDTD8ln7xQ1KwCgE-4svFGjGSCBzMKhagv9YPfj2"
        "Q4n9VfXy5IG3EmwYOxIjyc5m4vncn_i3jyXuHZuezFb0hI_oKlxIA_AyfQolOGpdANVodMSTk2MgD6hxcXYwnt3M76"
        "2_PNgAaw41tR_WrbrS4uwWbAHHCMScMGpcter5UqL-rTvKHaT6uJuYyUUAtMJgTIpm3JEki6cRlVD6SI1oCFU72WCp"
        "ylH-Cw6T34bcyyVdA0mECb-1yD0uq9SnJWo6i5q0QL6QOs-nZf8mb3CGzaOmWss8j7ztFtN_IPUl9uRcCbipG4PvkW"
        "vQKyiA1cj9YMfe1zjUMSQ7DrwP2eH-bXOG4elH2PftJAei4FhliK3psi8UgNCb6eds7VVHYahDBChPAKN6qvC0zprP"
        "T4CFLGgC6muCxdSsTZMbb3QJMk-o-hC5IAInd7KyK_prXw8RZBziLB-iJWBx8UsAaOsr1AhnDUBZrNdERonkE_Ch9T"
        "e7Vs52bHttsP3UiT1CWJ_S1nXdbkXW3Z7LEcfYC28liwAcKMkUoxaYMuqyJRx5aWf6ASrRC6u6i0bzv5KPWR2E33LR"
        "H3v-N2PqAjIMvtVBqpPiE2t53O0XYdTIk5GTFqp4QgGQrBcH51N1fwIGtRVigW8WOucGYgkPsDDjOL27OhPKvvd9u5"
        "TEK_bpQIcmasF4AD1TuhPZCAE_h1qiJ6apYQ7UVXK4gbgpOzjjHN7Aq9NFx-CMuGn3bV2NK35BKXS-ImiRHs4f1Yvb"
        "ISYhVDkbWHqKd7j7XwwSqPkk_iddVkAVYEzfg0JWabtyTYPoLlD-tNkYbpbyfJHU3rfIP8J8Zt8AfyKwVtFx6c0qUL"
        "p6vmaXBDiPmh5ICXsz_EC6C6nAZIyiCe3CXhfcXGXYMB_DNGloaOHaBocMzWlBYqQKSK-mQZJm1ahvSdhVYrxewSxa"
        "sWWOZoFkow2KT0awpDSzQ_DDWm2dLyG_Ir2E2ZDcPy6FNIPAp3m5AkGt-T_kBalfZj-4P-w2T1Emk4dsFy6LE2lMVi"
        "Z90YuiSVdk9sn8LIR4NqXTFqZaqnvWiV9dxejSOOsXMQlJjmVkFOmsf8lZOGgFunNz8Njq_Pf-dX1wjWxZeDz8We72"
        "O6T6pkLhLdBDKEd5EVnVmat1rYaCUiRkIOugGYQZ8tWAHJuEjLUeIduEJk30zylAcx4260WMt57iHE4UJNxRh1bnw4"
        "pQPzRVFhHRQyz0Z9JctpUknq8Hpxt62DVoo400xljkofazuuJtlrOxQ3o-56XWi48d2NUsVo2n7RVZ3bmdre9TY5Bu"
        "5vasPi4fwYaUqgesBc0zdASmW2iO4qIFlDuNND-LUxV6rLTnXY0snlCchJlt-iEBw0wuZB3zifO17ZVPc9K8UdpWn6"
        "ZZpSbYnX1ZwegQCReSoxoW53UAfCyD_8Gpv9fIB5cRbf_GnMTiOvejGTjeqwsQRzI3PBvgKoSP9wi3sPQP6TIGlrYd"
        "1AvA3ceRY0HYfh1kn9EEV6Q6puQBdtZ_FELT20p6rj7vv7z5zOTC2CoFR30Y68udmRyC1ChuDy4NoQT55gsI4JOCji"
        "aEIiLln0UW1plyvVVWUDTm47WJEvGKE1dCsQy3tqH-KyP9B3x9LifokvHhkkiqTjCts_jGzUYGlF3OLtarCUv7sk0O"
        "h6DmLH13MAN08hFHFJMuXDyAlVajmsCcLmoQLn8Dc54PArp8UKi__E-7G27TALrAuSOtuQseek0mbGKyXVYzNWqD7P"
        "8Vdd_076WTYI-liCsNT7xqpKM4J7zmibJmrkPe0xpkFN4j_31JIJcHtTVJ3Ym4UsD92gvmlJA-CPExkZM3PWVEmMgr"
        "F-6boBhdfXQtc2YCE8UqTHeMUS-FlddH1tXMb3h2Uj5i7WrL9ZKVO2n4yK_ZgGRSCAqbVtSnhVILFc2YONXqTSAC3k"
        "8fk5KCjn0ASyYdlyJYtYbsSpVD2jeKe_WEEDKbtxyJapiBHCQSbXsj4N98rxLRppRdC8e-Z-MQR5nlmrxVmHgkbdIk"
        "wbdgKns08d4AR97WoLOm6cJI_R2Y5UGMGGuUnL0aM85LGTEMHFZwmCwqWV4OodAkdIZE33PzMk3WKseCP1wpSYL8RL"
        "1OyVxL8T01Urx7lel7y1yxMfZUa1_yvPcE6R3T0LLXZCV6GRvPfSxQT-aU0BcY1SoZskkRrku8Mgi0eMq4kOizolMX"
        "TfMcHIe5CzFIrVX3hRwElFZBLG7KPqElfODu2PuTudnbgfUtGyKb_l45c_SwYLJXsF-dPdCCNLqldAeiArqJJwqKGh"
        "TgVnuyQxPolnoyKX9zP6BKOnA8DkvEaqJQM8cf1lo0ok0eP_nJ_LqUAy-tFiRIqxMK6uzvXIPQ3BwwTiWbo0w-rQmu"
        "XWhq1HezlF6N7hDn1MLu-vKZ6wICxQ3kZXAeO4f3d2p7e-Rxq9Mz-r8qPlRUPI62RZss-KjtwU4iqOuWXqk4hV06qm"
        "wp-tA0u6K0fgoPgBtN5tWkKSuCvIyBMUBHiNTqgQUQoLf4dMQFYaOuT-gWcB0ElGTGRdbdl6jxqcMeJVBBjvFzHd43"
        "r3z_K2U92rAwZR7W1tKVQjI5Cx4gi4yqEsmErgXQBg6e_cN0WfZPPXv8lc8vGBADqmgdrNbZgSVlAFHDyZAziWcfkC"
        "ta8i-cqkJklRFyu_6xlLJDRFrJBhTvhIoMMq_7iXVqgfI9I8uX7vDxCnbdFSwkkQPInI_YHpqEXQQxSPkNBqpvZ0ch"
        "7AKBnIp6BpDoc73Y5eMpsjhF6tDpQclD209BjAXo2rt8pc1ytmhHzRPfsCGAY3Lb1i0YWsa0PNmNQoO0ql0idVBFUQ"
        "TjBgzVE3ZRtz6rrfsA3Bru_Jn-3MWOwyjED3xEQKRtQVg7c2vGtjZuwsOWfu3j2qsCEAweWz7O_RHT40tdAinQhntI"
        "k0gkKbCyKVqgjxu5c1H8EytmnA6b97oChCuKiTEVaO4JSOMdp63DVY8NEUkRt64-ak-IG9626fbgqiCUMVWwotAiQa"
        "55LNcZpUX9DdMmJ1-GgdIPmyEzFN3VV-62qxACsag57l3LA8igS3AtHWQlhRLYGhC7BHMWnJMluDnAqIhimp6cYMif"
        "hMrASb5am9sgqMkSEvqavNYKrpY4br52bGyj-_LQjZm4jeJX3T_zdMMtlT9Ea_SsoO_Y_l8Vt4DkUVKRxf05Fq0nPN"
        "xYBKbiRutLZODZUZCHzpyXFmu7AVytVdQhQZkEGHGuNKgX9dBxTTfzFbSzsSuP6LP51J_3Zbm6rK9FitU1Nj0hm1PT"
        "OhzraeSgGZQUulbDS2rvkyEM9AYuMXeGI0sy7Kcwbz22hJS0jMpDUMLQLsdyujhskn8I-PeGB1JRHv6hXWYB8eyokS"
        "9AsWjaq2dLidmzZziIGs14tPy5Q2UIKewRqz8SSAejormGdVgl8Ff8Cz4RLkNGqUFQF5mrJanNoeAvT-SMLhzeUFBw"
        "QVEI5gOogqUQWbf-5e6t_d8CstWOhGT75uRBHn80YiXeCE3lzU5GXhX44zG0sBdk_I9I4vbjHiv8mwAgrp7sBIK8gJ"
        "PHP5EsoS8VLAv7l5DUsFhqlUMKOIR8MyZcO9WtJV38HtL1_jm-qPj3_dNKviAsqiwaLiguFKTvmCTdrO_oEAdpY00v"
        "8UgTKUeCFLnB6QaPf1icGsUaRJS9v2ENwzyV3NNl-6yNJg2zmFtCrlGV7Y1MOnl3rFa1na4Wd5g0E-CV4BiejW8R1G"
        "T_9xSvlxwr4opE5F__4W3zZQueOjlCT04wCJD_dlxnXhb7EWinqkLPHfhkIKIZ1duFaWd4kYkfaKxVkaK12ZlMpC-L"
        "jOcb9FnE-Mnkiexl3BPo1GcBsMIoX6G0jwnARYSiZBIvYhxiP3JHLuG79F8ap2FAcRfGPZrFy8elmsJweST16pSdM8"
        "oMIlvAwUS7EAbCyx9SDMdFtrZO7dj7C7Jv2qOGLE8OBX4zt1jYaRnVcc1sA7fW2_o_27uFcwDwBRMyYk_H_32YC7k8"
        "_Y8LCOlE-jpMAKo8rp18Hba4hePP2W0ZvOcNXGSje826rRjN0BBrynjCJOwU8BNqdtN532kv6xsoSa368S9IFWQzX1"
        "tggBrzKifHzqPmm9GGuVXJLGTJuPfInWIZZIb_hN9J9JZmOq1x92-_i6ydQdvf_QrUblYFTi3aDepdlaNuKqS9s3xr"
        "saLIG3J8yt7LWE1p2Op1ejVRrs9IAM0f0bltnuVGRoBtJP6GbdtvlZVCmvgeQKfbOregONn7TRWP5MLLSkyGAxz_qe"
        "LCYhHkYgDieGkNRDE9buSZD20Sk7RYjIQAbXfZhh_d1qT0pmYpTxPMRHUIW4nXR_2jirQR_uPsFcD0XtPoE9RHgxVt"
        "qcmpS2KyD_JbYD989H5MggRZJJBoWtEXvQ0pYBRLIf7qxrjm0oac-8sT5Nbx2GUGQXILbtDYFloxvA2H230TlY-z2A"
        "4aH95vbmqhLLuaQYmc1sB-fvtWPZYxnYteLLsYT6RhLaLKcyA4e9CdPbt9NqFfwGNhrZMDVACouwvQkOgq_hFfEQvC"
        "SGBjqE4Yhn1jPm-1ocYdJYf86lf5hUvXFMla0S6TRUNY7C2IyD9_2KOwlmx8CET9N9bWBIKGhn3eBfxXCaceIC22jm"
        "SQeCqpwtUxHPSgXnp84R62Q3RHfczZjB4svTF9Q9aQiqea2jw-lhL86mi9qUI8sA2LcYzdJccSsb1BpP4WKs0i2VnQ"
        "hvdO4bP6sPtE69t8FasDBNIpPzYWDejWk0XIk1Vu5T_DmMfIoFBuwTA5gqi8qRk4z-CIiMJO5D_xP848NxJtVUDxnb"
        "zEGXJEgdQBFYBTHQH8DDuNx1Sz8sZaW94mfM7NUnJk40tV2VERUFFi5N9nbnou5NjMGDAYUKVGGouDLBqTSjFVITyN"
        "_8KmaJJUnSx5qZX67pc4AHl39OJ66b4JEWXSkH6y9jE2QLZnb4SaS2duCSeb8ZAyTEHxsW8XcRL0LBTBd6oHnqFQBX"
        "Py8u9vzMnKPJa1ucHSKW03z__V-77flV3CFn21W_TzBYKWEtYPqHbcQ416tdiIc0G2bW1Wkc1WZ13uUW1yQrTzkMwc"
        "ReKqIpMhp_nKj0qUSuMNOyxN8NaPbTosms7VpvB3JUojrLWHEvRxyEW36YUpvNtZPtxVjN6wcOO9yr9R07RKcsljwL"
        "U7XvA-zAcHgLliTCDu58xX5iBANM-Z9v2HgIAzahfW8b7g-g9jmsoPxByBp7rnJnM5LvcA5uV0ZG0zzQ2whAoH39kH"
        "WGZTdT6sXORTMHI1AxMo_G-44Qp0lT5ReMmkZLoPcJgfU_v4I6fy1TlF207bmnmO474pekUEht28koWmK6ei37ushQ"
        "uQqi6fWcLMt_4grui2W5bIvsuU-fAdAqbRWR2EqODAsNTsFJiRR5P-4kZrShfH3DouKExsVTorLTf8Gtpk1sJcE_6M"
        "oejhWsmh2edNiUFvNyWiaPPCIC9b9LA6LLudUkMliWF4X5hVswl10eSuUZjc0BnSJU3hx8AihlnMtbEZ_v8OJokux7"
        "ZAT_IQjVn_012Icg96ngSIurfDSCWKRFWArW-WnosVlojj1vLQevOtZK8LLq0wCK1TXHpbIEdRuIEAOTAjWfCAVner"
        "er0zzJ3o42tMzcJFFAD4VUdfQ1kFtyuqP997BbsjeDwasK8jSfgd_7LSrdj2ErGENvFfM6cxsPioU80hCdM-kPuD86"
        "XKB8ziIQ7a24HZmKKWxKoKD0U0FbOndKD6RCZVqWnr4pJVDocxltkgFY52Cv8nw-c19-PuSowRMCKlg2aXZKmoF8Dw"
        "crl49if6uuUIqjkGYWIZJgr6m5TIIpG-o31r8sV7WlrVXtzncjH7nq93MpokOtPdQRKmyyj1U0cWqnG_NwOL08w5Ik"
        "4lI6-2mlv6SvL70iGshHl5xg7eDGHWRV_6OaYOiZcdhl66sp4Kh-Na_sVojgPgGFx8EPFnVjus0-k4IjUHiMjlTWH6"
        "Xb_WWscK4zV0GYQrWHHrCOOs6_Dq_i1ZyUudArLoxJhb582uE2F3zNTSZM_FJaBUmXG3-Imr9ygwUbFXgPqc4YqmcP"
        "TmTOaYaI_GlMoHezqDM63DiTJgUIkFZSTEPW8URu_wHvQJse_9Ubn9yzzmVDB0wLfGi__hBrTTWdcH2yefcrQAQKO1"
        "ubuBklu_M15BdPCK1LdlOYrdDDLBrSz_SxItKpWgcg3yjyrFX5UE_SLC1JQmo3SS7azVdwXpDRqhSRrSqZwB8Dv8Od"
        "d19DnosgyiXy3vXUoSwqLUsHh0Ub1kt50ofUNVp5zmYZQmnIKVpO2mMqQ8WZOlWBAqqNb5ruz1fo1dh3RhmpG7JA97"
        "ELj784NQ4cI0vQqW-_uZddd10QW6I88gbSarkYMXjH4kotNM064XYf1AyeHkyMXe5RkaypCc6aG_hjqUewgN5v3Cks"
        "SnZK7jcu3GjsV9OzOdsnHsg1O5BFN9GsrWZiFLW_MFijJGIhIAw3rhQaV2qVwlGFSaystuOTzoPqkVai7t9mEk88T6"
        "9wktMOSsqK-oGp7V1Vs5ruwV12cWtH_ixpfXQbsuwSibJmoUU76srN34ttyN1_d585U38TfTS8HQPCEIPGbTTU4AeT"
        "jSJXiN2Ihkd-T2t6i-2_zpE91x34H7q34O5OeF1xkcHQFEynLA_f9DORKSXb8C6aB_lipCdz95EfI-qWxUop_94F9-"
        "CZEDTxtTStPtCvwHzucFa3-5o0nLw5tKcB4Zpoc1-Fmo7DbCee8okIXnXjgOYasDxUcdO_f7YHY2iMZACSyvhGAHxa"
        "vudfiSSgV3KXxiP1nEEbU798GlhQ172-X-oFfl_9OnUZwfwFkyiNge3QhmoRBZfkWiVeIzXowTTqC_FtJCGMESkw-K"
        "HAGflzvc2EKmTQlBopO98u4DLFU1HdO6TP-ekP46HUlDApsbKUpvFb-p3VvUQ9limoEOPO0w1p4se6FOitxaH7h8bS"
        "aOp2v6W8bVZS8lartgjemaDhFq0QcoeKgggRNX3E-YHJD9pOUYGFFt5Vvcq7vPhY3SeBkRmnM1VAT9dVhMjlFitfEZ"
        "4QRSO_UBRjhXoFrzruEj53BWbjchmEibptCWwJJfMoUrU8II8IzvdvdDWywapR1dDTK31kA-BtmwJ5tZ4dPSnLr7f-"
        "fzs2j54GYXkgbs33Ar8E0DJnXmYyg6T4WDcSOSbn-SDsJi3DGHcBTM5Hgwgaho2pLjscNP3V_jnVC8S09xVua_i8oa"
        "yPDzLBmFJ7Dh0UE-fVTI0AMIqya4tHX-_VfVldUpBxBhCCNDQa58AS8u6nJVAzEA4gETZbOI-B6nBoAzLep8tFFIjo"
        "lSzVSw7zBr2oeToZtLtj1-k_x59SJesYEbgBEVYgOaS-I2amjC09vtBhK97Gt-jSRFJP__6s501YbEeEe8CO-zJ4X7"
        "ZXr89260dHTXc_3R9U6fg_WdRQiASuLPUJhZ7XuQT0qGD8O-WJZVWH-4jt3ecTn9WsELI88owkvbT8GJvlAHvjTvPf"
        "w86RVlZ-mASI6Ud3e45pzc4yeYoJlPUzEUcw04BaAay8lBVv2qWlGOT6-uEWsafLh1jf_cPlbeOqipNQIVtMqYwzTE"
        "8Wl_Sh2a7YniEKPclhxFaJ5yuigTbrb8pcFHw3LQndij7gGgG4ZDsLT-Z8W1Qf1L-X1pmKw86_N9_tCNN8jUEVr6Tu"
        "KICsaHMi85bPPC4j9sf_PKOpRWb5zegTL4CKh_MF5EnbNmeAyvBQhIoP81EkBcS8OCrKvhOYfmEEL9XnYLTCa88Dx0"
        "_CdQ_i6q0-ExPbb1JPhyLjj6r9oKIb5uigkdTQcxFx8T7XPgVvHof1Axmr2x19Ld1s2zqIzRkclE8gymVIEi7VCKns"
        "WLrpGmD9LE_2FNIvxYzxIyWOD-qMYfpEg2taKFcRRigkMyqU11WwpI-iapVYqwBJKbrvACczk0qstMYpqQSJaBuiEg"
        "S2zvI2lEK9mMjDM21J3x4OjJSAM2l12bijzASBLK6gxlXnLOCw7Al4CWJW1_Ut5Ne5PPYJRU4WJUA556vV6jrABe_m"
        "SoFQ0sbSyjcRHZwKTsQRQLM9XWtGwYLJ5XGvWZCWvTYMAepWe0i7BGY-0een7WdyNQSWZ2gJ7K0rryZ3NgSvycmWCl"
        "FvBs_NrEdC7UQj9g-cD2MBcJvTUVoFFa3FTDUF-BvqeiyaoTbS3qd1uWOsFbP7eCFOcb9yzB-La2kX7QsLzpqDJQVD"
        "_gBqR1Pqjz_GIbBtRmXAGWalnwFCSPuOHxZPo6k4ODqI25PCFkb8P4qWyLHz2YRK_qTdXU0hT8_QHe9elfDQpy1Kdr"
        "IQKYF4ezwFWqcaQPrd81MaSWaUInEca920cGa0HknSeSHnXgS6UBddT-q7znZbYWUQbJ3GPyZWr0rDyZxthGAWtoSm"
        "3rBu-.OzbRbMmpUMX0Yf4k4LYX-c23QIMIwP8mFODvP9h0So8"
    },
    {"by_id", "authjs.session-token", 0, 1797977159,
        "4711", NULL, "Grace", NULL,
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIiwia2lkIjoiS0Vuem8xcnRHYVpfRjM2TGtfUzZJT2wzVD"
        "NSemZVekpNUGtVNDFjbFhfMGZaYk5zQ0Ffa3kyaTZBbXFsdTg0UlBScE9PVlpoREJBdGFvR2NEWUJsNVEifQ..JjSF"
        "DJ2jWmHS7jcHpZMtUA.C00yeb3AN-_tkzDGzMQerIhpCVnqF2SGogzY7Yj_0vFluKxb1mQFmBiVjhFP6F7X2CiXWty"
        "cYAz3xiRu-OE27LPTvvqcR5zsM871SJns88suxoByuOZJv4t0sUSumExDq6MclxgXMXKYPm8zybxA3w.TRCSEcUXCR"
        "vWrSqWXlyo4RyvVBNJcrS1jer7P_G3NN0"
    },
    {"gcm", "authjs.session-token", 0, 1797977159,
        "u1", "ada@example.com", "Ada", "admin",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwia2lkIjoiNHhTY0VqbDB2aFNhenRXR0lIdm8zYVlzemNIb25mb3"
        "pTaHpzbHloUVBDUSJ9..Wn6NyYPCwzjjt8ag.qqyj2loVCrdShd6wbUXBVInlihaFSg37jFFSsKGypjTbI_dFRxRUy"
        "hLuxRamxnwphnjCuPkCFzi_PrSXKa6AJbckrfP91EOdjtakevRH8keZcPXeXzxLIuHPhKnvPVQIAkEQbw.JbenR6t9"
        "Z_QwbwUBMZ73zw"
    },
    {"gcm_rotated", "authjs.session-token", 1, 1797977159,
        "u1", "ada@example.com", "Ada", "admin",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwia2lkIjoiTFYzVHNTRWExRm9QU09TUDFJWXhwVFNUQjVJLVJKcF"
        "ZNUHFBdjU5LXU0WSJ9..NnHU4d3g0oFdOF9b.s6fISK9PYpiCVi7m7ivmUC00xl3gAou1wv21XKrOgKwPmE9obLwWv"
        "_1m73Zzr2gqvZvvFUBIweymMRCgk9ZDaitV4D689AkdhEmXvF4LsjZx3GcupMj7wsNH1Ug5xRV9Eu-1CA.oknO1LOi"
        "Lq48ekz91iH4kQ"
    },
    {"without_kid", "authjs.session-token", 0, 1797977159,
        "u1", "ada@example.com", "Ada", "admin",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIn0..CyIHVVs2QjdsSbYD-H7yYQ.GeefOxqfD28EkBkfNu"
        "snPWfshnvLV2b2tKojnJWsq2jhfKAkXwcrMTvzwLV4E8r_pFmTpSMq9eRoU_lZtgeIslELfSnaUH4mpjDY_qjjSfJ1"
        "PHvxMolllvgopRbzywA1.GWMLzVpdJdxNDnrnKB7YAkHDAdSQ8hRsWJP8GsZYO2U"
    },
    {"without_kid_rotated", "authjs.session-token", 1, 1797977159,
        "u1", "ada@example.com", "Ada", "admin",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIn0..4vgsMYHef5leQc-LnYOZ9w.qWghb_g2VjoEd_prj9"
        "fp2A6ss20REGm9jvp65XfxmOIA0anFOdYHh_hky-p8W9iDVJ7AAx7fLC9LQWPVdbtShKzyjTRDWBLF1sd4NnBDG6ru"
        "zG4C4o5rZMpCtiHm37Wk.NeLuE0dffOGw1lla22HPoCc_gKsb83AZGbjUfMgnTqE"
    },
    {"nextauth", "next-auth.session-token", 0, 1797977159,
        "u1", "ada@example.com", "Ada", "admin",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..vr_KEZXBRNvX3h7S.6UOMyCVNEpM-ON7c78p-ohN2IM5CS29e"
        "n7rmuJ3YwumXA4yaP-lpqXmRxg6XMGABFY1YViuRRsgZZu23-ve18BdVZoK3IDyFTk4PwLxFsdhO2Yae3m-4s0vQuo"
        "s_OrQkuv6e_0PSr2e9iVNeP6v7wGl_2R9rhyg1IQoSOlT_slfoGzyhWNRWl2EJop44qxSVzA.bIENIKpiTNUJmC1Eu"
        "K8ABw"
    },
    {"nextauth_secure", "__Secure-next-auth.session-token", 0, 1797977159,
        "\303\274-1", "zo\303\253@example.com", "Zo\303\253 \360\237\224\224 \303\205ngstr\303\266m", NULL,
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..b0jeY_EoORwZp-kE.vYwOj4Bqn62mFLSAccOfDuo9BUpu6n3s"
        "xtJD2gMInNHMgqxCwV9WO_Pdr7_E_1Qv7fHIGEtS6_VAihybv1OHALNJVbstWlWGlsJWfdq2PQgpOBgSPem793ZfBH"
        "fjxK32SNrpEJ05tTMgWOIp8QDhIjmwmDhijLwVA4XYGrF2IqguFuT7wewx_7VGshQDxiozcTNV33GU.2TqUCycvTju"
        "1ELiqqngNgA"
    },
    {"custom", "shop.session", 0, 1797977159,
        "u1", "ada@example.com", "Ada", "admin",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIiwia2lkIjoiYU5vZWYyM3I1enFsZHJaZG1SODh6ZEpzcV"
        "ZhZHhmSFdyc25meUgxYnlqVmJCd0Fkb05nVnhzdTk0bXU4eUdJbXVaRGJNREM0NndjcUdFUThjTU54dXcifQ..2X2l"
        "J5uodrTm4YY_8kVTzQ.PjLW9txNml9ThrOM--t6x5DidqcLE1THLXMByXquTCBQYx1yM5BVPBaMna60LrOYGAMKvPN"
        "0Rmfagw1pLFIeqY1Zw6OIbsHB_3My0Du8gGkXICzMWxSbnGtIm9Zn8PMB2LvUvDvzS3lGUJ3oj-Pzmml0hPY0rm0az"
        "nuCynyhjaI8714hnxDlftpZYdlBanmuQghLZvxRB16LASxvnJr-Gw.q2NsnR51WNgFweeyLKrajfcCZWUG_TchEr0r"
        "9QIS8zQ"
    },
};

#endif
